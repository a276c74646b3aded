"""As much of HTTP/1.1 as the two APIs of Lambda need; for loopback."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Self

__all__ = ["Handle", "Request", "Response", "Server"]

_MOST_HEAD: Final = 64 * 1024
_MOST_BODY: Final = 32 * 1024 * 1024
_READ_AHEAD: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One response; its length and its type, where unsaid, are added."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Awaitable[Response]]


class _Malformed(Exception):
    """What came is no request that is understood here."""


class Server:
    """A server on loopback; its connections are kept open until one side closes them."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._server: asyncio.Server
        self._connected: set[asyncio.Task[None]] = set()

    @classmethod
    async def started(cls, handle: Handle, port: int = 0) -> Self:
        """Return one that listens."""
        self = cls(handle)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=_READ_AHEAD)
        return self

    @property
    def address(self) -> str:
        """Host and port."""
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def close(self) -> None:
        """Listen no more and end what is connected."""
        self._server.close()
        for task in self._connected:
            task.cancel()
        await asyncio.gather(*self._connected)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connected.add(task)
            task.add_done_callback(self._connected.discard)
        _without_delay(writer)
        try:
            while (request := await _read(reader, writer)) is not None:
                response = await self._handle(request)
                writer.write(_head(response) + response.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, _Malformed):
            pass  # one side has had enough; there is nobody to tell
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


def _without_delay(writer: asyncio.StreamWriter) -> None:
    """Send at once: head and body of a small answer must not wait for each other."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    except asyncio.LimitOverrunError as error:
        raise _Malformed from error
    if len(head) > _MOST_HEAD:
        raise _Malformed
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    method, target, _ = first.split(" ", 2)
    return Request(method, target, headers, await _body(reader, headers))


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks(reader)
    length = int(headers.get("content-length", "0"))
    if length > _MOST_BODY:
        raise _Malformed
    return await reader.readexactly(length)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(body) + size > _MOST_BODY:
            raise _Malformed
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return body


def _head(response: Response) -> bytes:
    headers = {
        "Content-Type": "application/json",
        **response.headers,
        "Content-Length": str(len(response.body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reason = HTTPStatus(response.status).phrase
    return f"HTTP/1.1 {response.status} {reason}\r\n{lines}\r\n".encode("latin-1")
