"""ASGI's words, and how a request is read below the framework."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from fieldmark.entrypoints.web.capacity import ClientLeft

__all__ = [
    "App",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "body_of",
    "departure",
    "headers_of",
    "state_of",
    "traceparent_of",
]

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, level 1."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the request's headers in lower case; repeated ones are joined by commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def traceparent_of(headers: Mapping[str, str]) -> str | None:
    """Return the trace that a request belongs to, None where it names none that is well formed."""
    traceparent = headers.get("traceparent", "")
    return traceparent if _TRACEPARENT.fullmatch(traceparent) else None


def state_of(scope: Scope) -> dict[str, Any]:
    """Return what is noted of a request on its way: ``client``, ``route``, ``timing_ms``, …"""
    state: dict[str, Any] = scope.setdefault("state", {})
    return state


async def body_of(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body as it comes in.

    Raises:
        ClientLeft: the client left before its end.
    """
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


async def departure(receive: Receive) -> None:
    """Return when the client has left; to be awaited once the body is read."""
    while (await receive())["type"] != "http.disconnect":
        pass
