"""An HTTP API of API Gateway before an ASGI application: event → request → response, one by one.

Payload format 2.0. One event loop stands still between two events, as all of the environment does.
The application's lifespan is not run: what a server's lifespan starts would run at each cold start,
be frozen in the middle, and be ended by nobody. (mangum runs it around every single event.)
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from fieldmark.entrypoints.web.asgi import App, Message, Scope
from fieldmark.errors import RequestError

__all__ = ["ApiGateway"]

_TEXT: Final = ("text/", "application/json", "application/problem+json", "image/svg+xml")
_MOST_BYTES: Final = 5 * 1024 * 1024
"""Of a body that comes back: base64 adds a third, and a function returns 6 MB at most."""

_Event = Mapping[str, Any]
_Response = dict[str, Any]


class ApiGateway:
    """An application, asked one event at a time."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def answer(self, event: _Event, left_s: float) -> _Response:
        """Return the application's response as API Gateway takes it.

        Raises:
            TimeoutError: it took longer than ``left_s``.
            RequestError: the event is none of an HTTP API.
        """
        body = _body(event)
        scope = _scope(event, body)
        return self._loop.run_until_complete(
            asyncio.wait_for(self._asked(scope, body), max(0.0, left_s))
        )

    def close(self) -> None:
        """Close the loop; closing twice does no harm."""
        self._loop.close()

    async def _asked(self, scope: Scope, body: bytes) -> _Response:
        coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []
        stays = asyncio.Event()

        async def receive() -> Message:
            if coming:
                return coming.pop()
            await stays.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return _response(sent)


def _scope(event: _Event, body: bytes) -> Scope:
    try:
        http = event["requestContext"]["http"]
        path = str(event["rawPath"])
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": str(http["method"]),
            "scheme": "https",
            "path": unquote(path),
            "raw_path": path.encode("utf-8", "replace"),
            "root_path": "",
            "query_string": str(event.get("rawQueryString") or "").encode("utf-8", "replace"),
            "headers": _headers(event, body),
            "client": (str(http["sourceIp"]), 0),
            "server": (str(event["requestContext"].get("domainName", "")), 443),
            "state": {},
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise RequestError("the event is no request of an HTTP API, format 2.0") from error


def _headers(event: _Event, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = {str(name).lower(): str(text) for name, text in (event.get("headers") or {}).items()}
    headers.pop("content-length", None)
    if cookies := event.get("cookies"):
        headers["cookie"] = "; ".join(map(str, cookies))
    if body:
        headers["content-length"] = str(len(body))
    return [
        (name.encode("latin-1", "replace"), text.encode("latin-1", "replace"))
        for name, text in headers.items()
    ]


def _body(event: _Event) -> bytes:
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("the body is not in base64, and the event says that it is") from error


def _response(sent: list[Message]) -> _Response:
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_text in start["headers"]:
        name, text = raw_name.decode("latin-1").lower(), raw_text.decode("latin-1")
        if name == "set-cookie":
            cookies.append(text)
        else:
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    if len(body) > _MOST_BYTES:
        return {"statusCode": 500, "headers": {"cache-control": "no-store"}, "body": ""}
    is_text = headers.get("content-type", "").startswith(_TEXT) and not headers.get(
        "content-encoding"
    )
    return {
        "statusCode": start["status"],
        "headers": headers,
        "cookies": cookies,
        "body": body.decode("utf-8") if is_text else base64.b64encode(body).decode("ascii"),
        "isBase64Encoded": not is_text,
    }
