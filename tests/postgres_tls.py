"""TLS before a PostgreSQL that was built without it: PostgreSQL's own way of asking for it.

Source: PostgreSQL's documentation, "Message Flow", section "SSL Session Encryption".
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from typing import Final

__all__ = ["tls_before"]

_REQUEST: Final = bytes.fromhex("0000000804d2162f")
_JOIN_S: Final = 10.0


@contextlib.contextmanager
def tls_before(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Lend a port of 127.0.0.1 that speaks TLS and passes everything on to that port."""
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            if await reader.readexactly(len(_REQUEST)) != _REQUEST:
                return
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            there, to = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass_on(reader, to), _pass_on(there, writer))
        writer.transport.abort()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(_JOIN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_JOIN_S)
        loop.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.transport.abort()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)  # for the transports to close what they hold
