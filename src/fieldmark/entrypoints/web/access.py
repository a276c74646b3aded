"""Access: what a request must bring before anything is done for it."""

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from fieldmark.entrypoints.web.asgi import headers_of, state_of
from fieldmark.entrypoints.web.clients import Client, shown_key, subscriber
from fieldmark.entrypoints.web.service import Service
from fieldmark.errors import NotFound, TooManyRequests

__all__ = ["admit", "from_inside"]

Connection = ASGIConnection[BaseRouteHandler, object, object, object]  # type: ignore[type-var]


def admit(connection: Connection, _: BaseRouteHandler) -> None:
    """Let in who shows a key where keys are needed, and asks no more often than it may.

    Raises:
        Unauthorized: there is no key, or it is unknown.
        TooManyRequests: the client must wait.
    """
    service: Service = connection.app.state.service
    state = state_of(connection.scope)  # type: ignore[arg-type]  # a scope is a mapping
    headers = headers_of(connection.scope)  # type: ignore[arg-type]  # likewise
    key = service.keys.check(shown_key(headers, connection.cookies))
    if service.rates is None:
        return
    client: Client = state["client"]
    allowance = service.rates.ask(key or subscriber(client.address))
    state.setdefault("headers", []).extend(allowance.headers())
    if allowance.is_exceeded:
        raise TooManyRequests(
            f"more than {service.rates.limit}; try again in {allowance.reset_s} s",
            float(allowance.reset_s),
        )


def from_inside(connection: Connection, _: BaseRouteHandler) -> None:
    """Let in who asks from this machine or its private network, past no proxy.

    Raises:
        NotFound: anybody else asks.
    """
    client: Client = state_of(connection.scope)["client"]  # type: ignore[arg-type]  # likewise
    if not client.is_inside:
        raise NotFound("there is nothing here")
