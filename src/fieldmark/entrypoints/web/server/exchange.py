"""One request and its response: ASGI's two functions over a connection."""

import asyncio
import logging
import traceback
from collections.abc import Sequence
from typing import Final, Protocol

from fieldmark.entrypoints.web.asgi import App, Message, Scope
from fieldmark.entrypoints.web.server.outlet import Outlet
from fieldmark.entrypoints.web.server.refusals import FAILED, STOPPING, Refusal
from fieldmark.entrypoints.web.server.response import Response

__all__ = ["Exchange", "Line"]

_log: Final = logging.getLogger("fieldmark.server")
_LEAST_BYTES: Final = 64
"""What a piece counts at least: chunks of a byte each take more memory than they hold."""
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Line(Protocol):
    """The connection as one exchange sees it."""

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """What every response carries."""

    @property
    def outlet(self) -> Outlet:
        """Where the answer goes."""

    def want_body(self, exchange: "Exchange") -> None:
        """Go on reading, if it is this exchange's body that comes."""

    def can_drain(self, exchange: "Exchange") -> bool:
        """Whether what is left of the body may be read and dropped to keep the connection."""

    def answered(self, exchange: "Exchange") -> None:
        """Take note that the response is whole."""

    def fail(self, exchange: "Exchange", refusal: Refusal) -> None:
        """Answer in the application's stead, or cut off the answer that it has begun."""


class Exchange:
    """A request on its way through the application.

    ``keep_alive`` says whether the connection goes on afterwards, ``expects_continue`` whether the
    client holds its body back until it is asked for it.
    """

    def __init__(self, line: Line, scope: Scope, *, keep_alive: bool, expects: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.expects_continue = expects
        self.is_started = False
        self.is_answered = False
        self.is_gone = False
        self._line = line
        self._head: bytes | None = None
        self._response = Response(scope["method"], scope["http_version"])
        self._news = asyncio.Event()
        self._pieces: list[bytes] = []
        self._unread_bytes = 0
        self._is_whole = False
        self._told_whole = False

    @property
    def unread_bytes(self) -> int:
        """How much of the body waits for the application."""
        return self._unread_bytes

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._pieces.append(piece)
        self._unread_bytes += max(len(piece), _LEAST_BYTES)
        self.expects_continue = False
        self._news.set()

    def end(self) -> None:
        """Take note that the body is whole."""
        self._is_whole = True
        self.expects_continue = False
        self._news.set()

    def leave(self) -> None:
        """Tell the application that its client has left; what it still sends is dropped."""
        self.is_gone = True
        self._forget_body()
        self._news.set()

    async def run(self, app: App) -> None:
        """Let the application answer; whatever it does, the client sees an end."""
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._line.fail(self, STOPPING)
            raise
        except Exception as error:  # noqa: BLE001  # the last stop: what passes here ends the task
            _log_failure(error)
            self._line.fail(self, FAILED)
        else:
            if not (self.is_answered or self.is_gone):
                _log.error("the application ended without an answer")
                self._line.fail(self, FAILED)

    async def receive(self) -> Message:
        """See ASGI: a piece of the body, or that the client has left or was answered."""
        if self.expects_continue and not self.is_started:
            self.expects_continue = False
            self._line.outlet.write(_CONTINUE)
        self._line.want_body(self)
        while not self._has_news():
            self._news.clear()
            await self._news.wait()
        if self.is_gone or self.is_answered:
            return {"type": "http.disconnect"}
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._forget_body()
        self._told_whole = self._is_whole
        return {"type": "http.request", "body": body, "more_body": not self._is_whole}

    async def send(self, message: Message) -> None:
        """See ASGI: the head of the response, then its body piece by piece."""
        if not self.is_gone:
            await self._line.outlet.writable()
        if self.is_gone:
            return
        expected = "http.response.start" if self._head is None else "http.response.body"
        if message["type"] != expected or self.is_answered:
            raise RuntimeError(f"{message['type']} was sent where ASGI has no place for it")
        if self._head is not None:
            self._send_body(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            self._head = self._head_of(message["status"], message.get("headers", ()))

    def _forget_body(self) -> None:
        self._pieces.clear()
        self._unread_bytes = 0

    def _has_news(self) -> bool:
        if self.is_gone or self.is_answered:
            return True
        return self._unread_bytes > 0 or (self._is_whole and not self._told_whole)

    def _head_of(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        can_go_on = self.keep_alive and (self._is_whole or self._line.can_drain(self))
        head = self._response.head(
            status, [*self._line.default_headers, *headers], keep_alive=can_go_on
        )
        self.keep_alive = self._response.keep_alive
        return head

    def _send_body(self, body: bytes, *, is_last: bool) -> None:
        piece = self._response.body(body, is_last=is_last)
        # The head waits for the first piece: both go in one packet, and an application that fails
        # in between can still be answered for.
        self._line.outlet.write(self._head or b"", piece)
        self.is_started, self._head = True, b""
        if is_last:
            self.is_answered = True
            self._forget_body()
            self._news.set()
            self._line.answered(self)


def _log_failure(error: Exception) -> None:
    """Log where it happened and of what kind, but not its text: that may hold a position."""
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("the application failed with %s at\n%s", type(error).__name__, where)
