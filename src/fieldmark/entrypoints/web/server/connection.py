"""One connection below ASGI: who may send how much for how long, and how it ends.

It takes the place of uvicorn's own protocol; ``seam`` says why and what it needs of uvicorn.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from fieldmark.entrypoints.web.server.bounds import Bounds
from fieldmark.entrypoints.web.server.exchange import Exchange
from fieldmark.entrypoints.web.server.head import Head
from fieldmark.entrypoints.web.server.inlet import Inlet
from fieldmark.entrypoints.web.server.outlet import Outlet
from fieldmark.entrypoints.web.server.reader import Reader
from fieldmark.entrypoints.web.server.refusals import (
    BODY_LATE,
    FULL,
    HEADERS_LATE,
    STOPPING,
    Refusal,
    Refused,
    invalid,
    refused_headers,
)
from fieldmark.entrypoints.web.server.seam import Config, ServerState
from fieldmark.entrypoints.web.server.timer import Timer

__all__ = ["Connection"]

_HURRIED_S: Final = 1.0
"""How long to linger while the server stops."""


class Connection(asyncio.Protocol):
    """A client's connection: its requests in their order, one at work at a time.

    The first of ``_queue`` is at work. ``_incoming`` is the one whose body still comes; it may have
    been answered already, and then the rest of its body is dropped. The one timer is in turn the
    deadline of the headers, that of the body, the idle time, and the time to linger. It never runs
    for a request that waits behind another. A connection that is deaf drops what it reads.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds | None = None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        bounds = bounds or Bounds()
        self._deadlines, self._limits = bounds.deadlines, bounds.limits
        self._app = config.loaded_app
        self._shared = server_state
        self._app_state = app_state
        self._closed = closed
        self._loop = _loop or asyncio.get_running_loop()
        self._timer = Timer(self._loop)
        self._reader = Reader(self._limits, self)
        self._queue: deque[Exchange] = deque()
        self._incoming: Exchange | None = None
        self._announced_bytes: int | None = None
        self._last_word: Refusal | None = None
        self._is_idle = self._is_deaf = self._is_stopping = False
        self._since_s = self._loop.time()

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """See Line."""
        return self._shared.default_headers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)
        self.outlet = Outlet(self._transport, self._loop, self._deadlines.write_s)
        self._inlet = Inlet(self._transport, self._limits)
        others = len(self._shared.connections)
        self._shared.connections.add(self)
        if others >= 2 * self._limits.connections:
            self._transport.abort()  # not even a refusal for a flood: it would have to linger
        elif others >= self._limits.connections:
            self._refuse(FULL)
        else:
            self._timer.set(self._deadlines.headers_s, self._headers_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        del exc
        self._shared.connections.discard(self)
        self._is_deaf = True
        self._timer.clear()
        self.outlet.lost()
        self._dismiss()
        self._closed()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._is_deaf:
            self._drop(len(data))
            return
        is_ahead = bool(self._queue) and self._queue[0] is not self._incoming
        try:
            self._reader.feed(data)
        except Refused as refused:
            self._refuse(refused.refusal)
            return
        if self._is_idle and not self._reader.is_between:
            self._await_request()
        if is_ahead:
            self._inlet.ahead(len(data))

    def eof_received(self) -> None:
        """See asyncio.Protocol: who sends no more has left, and the connection closes."""
        is_between = self._incoming is None and self._reader.is_between
        if not self._is_deaf and not is_between:
            self._refuse(invalid("the connection ended before the request did"))

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.outlet.pause()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.outlet.resume()

    def shutdown(self) -> None:
        """Let what runs be answered and begin nothing else; uvicorn calls this when it stops."""
        self._is_stopping = True
        if self._queue:
            for exchange in self._queue:
                exchange.keep_alive = False
        elif self._is_deaf:
            self._timer.set(_HURRIED_S, self.outlet.close)
        elif self._incoming:
            self._finish()
        elif self._is_idle:
            self.outlet.close()
        else:
            self._refuse(STOPPING)

    def request_begins(self, head: Head, *, keep_alive: bool) -> None:
        """See Requests."""
        if self._is_deaf:
            return
        if len(self._queue) > self._limits.pipelined:
            raise Refused(invalid("too many requests were sent at once on one connection"))
        scope = head.scope(self._address("peername"), self._address("sockname"), self._app_state)
        self._incoming = Exchange(
            self,
            scope,
            keep_alive=keep_alive and head.version != "1.0" and not self._is_stopping,
            expects=head.expects_continue,
        )
        self._announced_bytes = None if head.chunked else head.content_length or 0
        self._is_idle = False
        self._queue.append(self._incoming)
        if len(self._queue) == 1:
            self._start()

    def body_comes(self, piece: bytes) -> None:
        """See Requests."""
        if self._is_deaf or self._incoming is None:
            return
        if self._announced_bytes is not None:
            self._announced_bytes -= len(piece)
        if self._incoming.is_answered:
            self._drop(len(piece))
            return
        self._incoming.feed(piece)
        if self._incoming.unread_bytes > self._limits.ahead_bytes:
            self._inlet.pause()

    def request_ends(self) -> None:
        """See Requests."""
        ended, self._incoming = self._incoming, None
        if self._is_deaf or ended is None:
            return
        ended.end()
        if not self._queue:
            self._await_request()
        elif self._queue[0] is ended:
            self._timer.clear()

    def want_body(self, exchange: Exchange) -> None:
        """See Line."""
        if exchange is self._incoming:
            self._inlet.resume()

    def can_drain(self, exchange: Exchange) -> bool:
        """See Line."""
        left_bytes = self._announced_bytes or 0
        return not exchange.expects_continue and left_bytes <= self._limits.discarded_bytes

    def answered(self, exchange: Exchange) -> None:
        """See Line."""
        self._queue.remove(exchange)
        if not exchange.keep_alive:
            self._finish()
            return
        self._inlet.restart()
        if self._queue:
            self._start()
        elif self._last_word is not None:
            self._say_and_finish(self._last_word)
        elif self._incoming is None:
            self._await_request()

    def fail(self, exchange: Exchange, refusal: Refusal) -> None:
        """See Line."""
        if exchange.is_gone or exchange.is_answered:
            return
        if exchange.is_started:
            self._finish()
        else:
            self._say_and_finish(refusal)

    def _start(self) -> None:
        """Put the first of the queue to work."""
        exchange = self._queue[0]
        if exchange is self._incoming:
            self._timer.set(self._deadlines.body_s, lambda: self._refuse(BODY_LATE))
        else:
            self._timer.clear()
        task = self._loop.create_task(exchange.run(self._app))
        self._shared.tasks.add(task)
        task.add_done_callback(self._shared.tasks.discard)

    def _await_request(self) -> None:
        self._is_idle = self._reader.is_between
        self._since_s = self._loop.time()
        if self._is_idle:
            self._timer.set(self._deadlines.idle_s, self.outlet.close)
        else:
            self._timer.set(self._deadlines.headers_s, self._headers_late)

    def _headers_late(self) -> None:
        if self._reader.is_between:
            self.outlet.close()  # a client that never spoke expects no answer either
        else:
            self._refuse(HEADERS_LATE)

    def _refuse(self, refusal: Refusal) -> None:
        """Read no more, and say why once every request before was answered."""
        self._is_deaf = True
        if not self._queue and self._incoming is None:
            self._say_and_finish(refusal)
        elif not self._queue:
            self._finish()  # its answer was given while its body still came
        elif self._queue[0] is self._incoming:
            self.fail(self._incoming, refusal)
        else:
            self._last_word = refusal
            if self._incoming is not None:
                self._queue.remove(self._incoming)
                self._incoming = None

    def _say_and_finish(self, refusal: Refusal) -> None:
        took_s = self._loop.time() - self._since_s
        self.outlet.write(refusal.response([*self.default_headers, *refused_headers(took_s)]))
        self._is_deaf = True
        self._finish()

    def _finish(self) -> None:
        """Close so that the client can read what it was sent."""
        linger_s = self._linger_s()
        has_unread = self._is_deaf or self._incoming is not None or not self._reader.is_between
        self._is_deaf = True
        self._dismiss()
        if not has_unread:
            self.outlet.close()
            return
        self._inlet.restart()
        self.outlet.half_close()
        self._timer.set(linger_s, self.outlet.close)

    def _linger_s(self) -> float:
        """Return how long to wait for the client's close: a body has its own deadline for that."""
        if self._is_stopping:
            return _HURRIED_S
        body_s = self._timer.left_s if self._incoming is not None else 0.0
        return max(self._deadlines.linger_s, body_s)

    def _dismiss(self) -> None:
        for exchange in self._queue:
            exchange.leave()
        self._queue.clear()
        self._incoming = None

    def _drop(self, size_bytes: int) -> None:
        """Count what is read and dropped; beyond its bound the connection ends."""
        if self._inlet.drop(size_bytes):
            return
        if self._is_deaf:
            self.outlet.close()
        else:
            self._finish()

    def _address(self, name: str) -> tuple[str, int] | None:
        address = self._transport.get_extra_info(name)
        return address[:2] if address else None
