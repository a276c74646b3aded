"""The writing side of a connection: bounded in time, and closed so that what was sent arrives."""

import asyncio

from fieldmark.entrypoints.web.server.timer import Timer

__all__ = ["Outlet"]


class Outlet:
    """Where answers go. A client that does not read them is cut off."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, write_s: float
    ) -> None:
        self._transport = transport
        self._write_s = write_s
        self._deadline = Timer(loop)
        self._is_writable = asyncio.Event()
        self._is_writable.set()
        self._has_ended = False

    def write(self, *pieces: bytes) -> None:
        """Send bytes, in one packet where they fit, unless nothing more can be sent."""
        if not self._has_ended and not self._transport.is_closing():
            self._transport.writelines([piece for piece in pieces if piece])

    async def writable(self) -> None:
        """Wait until the buffer has drained, or until nothing can be sent any more."""
        await self._is_writable.wait()

    def pause(self) -> None:
        """Take note that the buffer is full."""
        self._is_writable.clear()
        self._bound()

    def resume(self) -> None:
        """Take note that the buffer has drained."""
        self._is_writable.set()
        if not self._has_ended:
            self._deadline.clear()

    def half_close(self) -> None:
        """Send what is buffered, then the end; the client may still write.

        A full close with bytes unread would send a reset, which destroys an answer in flight.
        """
        if not self._has_ended and not self._transport.is_closing():
            self._has_ended = True
            self._transport.write_eof()

    def close(self) -> None:
        """Send what is buffered, then close; not even that may take for ever."""
        self._has_ended = True
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._bound()

    def lost(self) -> None:
        """Take note that the connection is no more."""
        self._has_ended = True
        self._is_writable.set()
        self._deadline.clear()

    def _bound(self) -> None:
        if not self._deadline.is_set:
            self._deadline.set(self._write_s, self._transport.abort)
