"""A proxy on loopback before a server: it may speak TLS, count, drop, and say something else."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import cast

__all__ = ["Proxy", "proxy"]

Alter = Callable[[bytes], AsyncIterator[bytes]]


async def unaltered(data: bytes) -> AsyncIterator[bytes]:
    """Hand on what the server says."""
    yield data


class Proxy:
    """Counts ``connections`` and the ``requests`` that it handed on.

    ``alter`` makes of each piece that the server says what the client hears; where it raises
    ``ConnectionError`` the connection is cut.
    """

    def __init__(self, server_port: int, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.requests = 0
        self.alter: Alter = unaltered
        self._server_port = server_port
        self._served: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._thread.start()

    def drop(self) -> None:
        """Cut every connection that is open."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5.0)

    def close(self) -> None:
        """Cut every connection and end."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._served.add(task)
        task.add_done_callback(self._served.discard)
        self.connections += 1
        try:
            await self._join(reader, writer)
        except* OSError:
            pass
        finally:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forth(reader, there[1]))
                both.create_task(self._back(there[0], writer))
        finally:
            there[1].transport.abort()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.requests += 1
            writer.write(data)
            await writer.drain()
        raise ConnectionError

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            async for piece in self.alter(data):
                writer.write(piece)
                await writer.drain()
        raise ConnectionError

    async def _cut(self) -> None:
        served = tuple(self._served)
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)

    async def _end(self) -> None:
        self._server.close()
        await self._cut()
        await asyncio.sleep(0.01)  # for the transports to close what they hold


@contextmanager
def proxy(server_port: int, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Run a proxy before the server of that port."""
    running = Proxy(server_port, tls)
    try:
        yield running
    finally:
        running.close()
