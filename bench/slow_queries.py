"""A proxy before PostgreSQL that adds time to each query, and counts what it sees.

The bytes that begin a query (Parse or Query; all of one query come in one piece) wait before the
server gets them. What opens a connection does not.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Seen", "SlowQueries", "slow_queries"]

_PIECE_BYTES = 65536
_QUERIES = (b"P", b"Q")
_READY = b"Z\x00\x00\x00\x05"


@dataclass
class Seen:
    """What went through; both ``most_`` say how much of that there was at once."""

    connections: int = 0
    most_connections: int = 0
    queries: int = 0
    most_queries: int = 0
    refused: int = 0


class SlowQueries:
    """See the module."""

    def __init__(self, server_port: int, delay_s: float) -> None:
        self.seen = Seen()
        self._server_port = server_port
        self._delay_s = delay_s
        self._open = 0
        self._running = 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow queries")
        self._thread.start()

    def since(self) -> Seen:
        """Return what was seen since the last time, and count anew."""
        seen, self.seen = self.seen, Seen(most_connections=self._open, most_queries=self._running)
        return seen

    def close(self) -> None:
        """Cut every connection and end."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self.seen.connections += 1
        self.seen.most_connections = max(self.seen.most_connections, self._open)
        session = _Session(self)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_connection("127.0.0.1", self._server_port)
            forth = asyncio.create_task(session.forth(reader, there[1]))
            back = asyncio.create_task(session.back(there[0], writer))
            await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (forth, back):
                task.cancel()
            await asyncio.gather(forth, back, return_exceptions=True)
            there[1].transport.abort()
        writer.transport.abort()
        self._open -= 1
        session.answered()

    async def delayed(self) -> None:
        """Wait as long as each query does."""
        await asyncio.sleep(self._delay_s)

    def asked(self) -> None:
        """Count a query that begins."""
        self._running += 1
        self.seen.queries += 1
        self.seen.most_queries = max(self.seen.most_queries, self._running)

    def answered(self) -> None:
        """Count a query that ends."""
        self._running -= 1

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


class _Session:
    """One connection."""

    def __init__(self, before: SlowQueries) -> None:
        self._before = before
        self._is_asking = False

    async def forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_open = False
        while data := await reader.read(_PIECE_BYTES):
            if is_open and data[:1] in _QUERIES:
                self._is_asking = True
                self._before.asked()
                await self._before.delayed()
            is_open = True
            writer.write(data)
            await writer.drain()

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_open = False
        while data := await reader.read(_PIECE_BYTES):
            if not is_open and data[:1] == b"E":
                self._before.seen.refused += 1
            is_open = True
            writer.write(data)
            await writer.drain()
            if _READY in data[-6:]:
                self.answered()

    def answered(self) -> None:
        if self._is_asking:
            self._is_asking = False
            self._before.answered()


@contextmanager
def slow_queries(server_port: int, delay_s: float) -> Iterator[SlowQueries]:
    """Run the proxy before the server of that port."""
    running = SlowQueries(server_port, delay_s)
    try:
        yield running
    finally:
        running.close()
