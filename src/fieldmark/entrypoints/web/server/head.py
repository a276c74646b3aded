"""The head of one request: its line and its headers, as they come and within their limits."""

from typing import Any, Final
from urllib.parse import unquote

import httptools

from fieldmark.entrypoints.web.asgi import Scope
from fieldmark.entrypoints.web.server.bounds import Limits
from fieldmark.entrypoints.web.server.refusals import (
    HEADERS_TOO_LARGE,
    TOO_MANY_HEADERS,
    URL_TOO_LONG,
    Refused,
    invalid,
)

__all__ = ["Head"]

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class Head:
    """A request line and its headers. What llhttp lets pass and HTTP/1.1 does not is refused."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._size_bytes = 0
        self._lines = 0
        self.method = ""
        self.version = ""
        self.url = b""
        self.path = b""
        self.query = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.content_length: int | None = None
        self.chunked = False
        self.expects_continue = False

    def scope(self, client: object, server: object, state: dict[str, Any]) -> Scope:
        """Return the head as ASGI writes it, with the two addresses that the connection joins."""
        return {
            "type": "http",
            "asgi": dict(_ASGI),
            "http_version": self.version,
            "method": self.method,
            "scheme": "http",
            "root_path": "",
            "path": unquote(self.path.decode("ascii")),
            "raw_path": self.path,
            "query_string": self.query,
            "headers": self.headers,
            "client": client,
            "server": server,
            "state": state.copy(),
        }

    def add_url(self, piece: bytes) -> None:
        """Take a further piece of the address.

        Raises:
            Refused: it is too long.
        """
        self.url += piece
        if len(self.url) > self._limits.url_bytes:
            raise Refused(URL_TOO_LONG)

    def add_header(self, name: bytes, value: bytes) -> None:
        """Take a header line.

        Raises:
            Refused: there are too many, or they are too large.
        """
        self.count(name, value)
        name = name.lower()
        self.headers.append((name, value))
        if name == b"content-length":
            self.content_length = int(value)  # digits only: llhttp has refused all else
        elif name == b"transfer-encoding":
            self._encode(value)
        elif name == b"expect":
            self.expects_continue = value.lower() == b"100-continue"

    def count(self, name: bytes, value: bytes) -> None:
        """Count a line without keeping it, as is done with what follows a chunked body.

        Raises:
            Refused: there are too many, or they are too large.
        """
        self._lines += 1
        self._size_bytes += len(name) + len(value) + len(": \r\n")
        if self._lines > self._limits.header_lines:
            raise Refused(TOO_MANY_HEADERS)
        if self._size_bytes > self._limits.header_bytes:
            raise Refused(HEADERS_TOO_LARGE)

    def complete(self, method: bytes, version: str) -> None:
        """Take note that all headers are there.

        Raises:
            Refused: they are no request that HTTP/1.1 allows.
        """
        self.method, self.version = method.decode("ascii"), version
        if version not in _VERSIONS:
            raise Refused(invalid(f"it is of version {version}"))
        if version == "1.0":
            self.expects_continue = False
            if self.chunked:
                raise Refused(invalid("HTTP/1.0 knows no Transfer-Encoding"))
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise Refused(invalid(f"it has {hosts} Host headers, not 1"))
        self._split_url()

    def _encode(self, value: bytes) -> None:
        if self.chunked or value.strip().lower() != b"chunked":
            raise Refused(invalid("a Transfer-Encoding other than chunked is not understood"))
        self.chunked = True

    def _split_url(self) -> None:
        try:
            parts = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            raise Refused(invalid("its address is none")) from None
        self.path, self.query = parts.path or b"/", parts.query or b""
        if not self.path.isascii():
            raise Refused(invalid("its address is not in ASCII; percent-encode it"))
