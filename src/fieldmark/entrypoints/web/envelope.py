"""The envelope of every response: an id, timings, safety headers, and one event for the log.

Plain ASGI around the whole application, so that nothing leaves without it, errors included.
"""

import re
import time
from collections.abc import Iterable, Mapping
from typing import Final

from fieldmark.entrypoints.web.asgi import (
    App,
    Message,
    Receive,
    Scope,
    Send,
    headers_of,
    state_of,
    traceparent_of,
)
from fieldmark.entrypoints.web.clients import client_of
from fieldmark.identify import new_id
from fieldmark.ports import Observer
from fieldmark.settings import Settings

__all__ = ["Envelope"]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


class Envelope:
    """An ASGI application around another one."""

    def __init__(
        self, app: App, settings: Settings, observer: Observer, uploads_origin: str | None = None
    ) -> None:
        self._app = app
        self._settings = settings
        self._observer = observer
        self._safety = _safety_headers(settings, uploads_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the response what every response carries."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start_s = time.perf_counter()
        headers = headers_of(scope)
        state = state_of(scope)
        state["client"] = client_of(
            (scope.get("client") or ("", 0))[0],
            str(scope["scheme"]),
            headers,
            self._settings.trusted_proxies,
        )
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        status = 0

        async def sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                total_ms = (time.perf_counter() - start_s) * 1e3
                own = [
                    ("X-Request-Id", request_id),
                    ("Server-Timing", _server_timing(state.get("timing_ms", {}), total_ms)),
                    *self._safety,
                    *state.get("headers", ()),
                ]
                message["headers"] = _joined(message["headers"], own)
            await send(message)

        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self._app(inner, receive, sealed)
        finally:
            self._observer.event(
                "request.answered",
                request_id=request_id,
                method=str(scope["method"]),
                route=str(state.get("route", "unknown")),
                status=status or None,
                total_ms=round((time.perf_counter() - start_s) * 1e3, 2),
                traceparent=traceparent_of(headers),
                **{f"{name}_ms": round(ms, 3) for name, ms in state.get("timing_ms", {}).items()
                   if name != "total"},
            )  # fmt: skip


def _joined(
    headers: Iterable[tuple[bytes, bytes]], own: Iterable[tuple[str, str]]
) -> list[tuple[bytes, bytes]]:
    """Return the response's headers and those of our own that it does not set itself."""
    kept = list(headers)
    taken = {name.lower() for name, _ in kept}
    more = ((name.lower().encode(), value.encode("latin-1")) for name, value in own)
    return kept + [header for header in more if header[0] not in taken]


def _server_timing(timing_ms: Mapping[str, float], total_ms: float) -> str:
    """Return the stages as W3C Server Timing writes them."""
    stages = {name: ms for name, ms in timing_ms.items() if name != "total"} | {"total": total_ms}
    return ", ".join(f"{name};dur={ms:.2f}" for name, ms in stages.items())


def _safety_headers(settings: Settings, uploads_origin: str | None) -> tuple[tuple[str, str], ...]:
    images = "'self' blob: data:"
    if settings.tiles_url is not None:
        images += " " + "/".join(settings.tiles_url.split("/")[:3])
    # The one place beside our own that a page may send anything to.
    connect = "" if uploads_origin is None else f"connect-src 'self' {uploads_origin}; "
    policy = (
        f"default-src 'self'; img-src {images}; {connect}object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )
