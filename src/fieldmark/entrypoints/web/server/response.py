"""One response as bytes: its head, and a body whose end the client can see."""

import re
from collections.abc import Sequence
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

__all__ = ["Response"]

_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_BODILESS: Final = frozenset({204, 304})


class _Framing(Enum):
    """What tells the client that the body ends."""

    NO_BODY = auto()
    LENGTH = auto()
    CHUNKS = auto()
    CLOSE = auto()


class Response:
    """The bytes of the response to one request."""

    def __init__(self, method: str, version: str) -> None:
        self._is_head = method == "HEAD"
        self._knows_chunks = version != "1.0"
        self._framing = _Framing.NO_BODY
        self._left_bytes = 0
        self.keep_alive = False
        """Whether the connection may go on; settled by the head."""

    def head(
        self, status: int, headers: Sequence[tuple[bytes, bytes]], *, keep_alive: bool
    ) -> bytes:
        """Return the status line and the headers.

        Raises:
            RuntimeError: a header has bytes that none may have.
        """
        given: dict[bytes, bytes] = {}
        lines = [_status_line(status)]
        for raw_name, value in headers:
            if not _NAME.fullmatch(raw_name) or not _VALUE.fullmatch(value):
                raise RuntimeError("a header of the response has bytes that no header may have")
            name = raw_name.lower()
            given[name] = value
            lines.append(name + b": " + value)
        self._frame(status, given.get(b"content-length"))
        if self._framing is _Framing.CHUNKS and b"transfer-encoding" not in given:
            lines.append(b"transfer-encoding: chunked")
        says_close = b"close" in given.get(b"connection", b"").lower()
        self.keep_alive = keep_alive and not says_close and self._framing is not _Framing.CLOSE
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close")
        return b"\r\n".join([*lines, b"", b""])

    def body(self, piece: bytes, *, is_last: bool) -> bytes:
        """Return a piece of the body as it goes to the client.

        Raises:
            RuntimeError: there is more, or in the end less, than Content-Length promised.
        """
        if self._framing is _Framing.NO_BODY:
            return b""
        if self._framing is _Framing.CHUNKS:
            chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
            return chunk + b"0\r\n\r\n" if is_last else chunk
        if self._framing is _Framing.LENGTH:
            self._left_bytes -= len(piece)
            if self._left_bytes < 0 or (is_last and self._left_bytes > 0):
                raise RuntimeError("the response has not as many bytes as its Content-Length says")
        return piece

    def _frame(self, status: int, length: bytes | None) -> None:
        if self._is_head or status in _BODILESS:
            self._framing = _Framing.NO_BODY
        elif length is not None:
            self._framing, self._left_bytes = _Framing.LENGTH, int(length)
        else:
            self._framing = _Framing.CHUNKS if self._knows_chunks else _Framing.CLOSE


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}".encode()
