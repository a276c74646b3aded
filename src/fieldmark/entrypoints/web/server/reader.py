"""Bytes → requests: llhttp's events, bounded, handed to whoever keeps the connection."""

from typing import Final, Protocol

import httptools

from fieldmark.entrypoints.web.server.bounds import Limits
from fieldmark.entrypoints.web.server.head import Head
from fieldmark.entrypoints.web.server.refusals import HEADERS_TOO_LARGE, Refused, invalid

__all__ = ["Reader", "Requests"]

_UPGRADE: Final = b"upgrade"


class Requests(Protocol):
    """Whoever takes the requests; any of these may raise Refused."""

    def request_begins(self, head: Head, *, keep_alive: bool) -> None:
        """Take the head of a request."""

    def body_comes(self, piece: bytes) -> None:
        """Take a piece of the newest request's body."""

    def request_ends(self) -> None:
        """Take note that the newest request is whole."""


class Reader:
    """A parser of one connection's requests. After Refused it reads no more."""

    def __init__(self, limits: Limits, requests: Requests) -> None:
        self._limits = limits
        self._requests = requests
        self._parser = httptools.HttpRequestParser(self)
        self._head = Head(limits)
        self._in_body = False
        self._is_upgrade = False
        self._heads = 0
        self._bodiless_bytes = 0
        self.is_between = True
        """Not a byte of the next request has come."""

    def feed(self, data: bytes) -> None:
        """Read on.

        Raises:
            Refused: the bytes are no request, or one beyond its limits.
        """
        heads = self._heads
        self.is_between = False
        self._bodiless_bytes += len(data)
        self._parse(data)
        if self._heads != heads:
            # A head began somewhere in these bytes; what of it is whole has been counted.
            self._bodiless_bytes = 0
        if self._bodiless_bytes > self._limits.header_bytes:
            # A line without end, or chunk extensions: llhttp would collect them for ever.
            raise Refused(HEADERS_TOO_LARGE)

    def _parse(self, data: bytes) -> None:
        try:
            while data:
                data = self._parse_up_to_upgrade(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, Refused):
                raise cause from None
            if cause is not None:
                raise cause from None
            raise Refused(invalid(str(error))) from None

    def _parse_up_to_upgrade(self, data: bytes) -> bytes:
        """Return what is to be parsed anew, after a request that asked for another protocol."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._without_upgrade() + data[upgrade.args[0] :]
        return b""

    def _without_upgrade(self) -> bytes:
        """Return the head again without its wish for another protocol.

        HTTP allows a server to ignore that wish (RFC 9110, 7.8); llhttp reads no body after it.
        """
        head = self._head
        lines = [f"{head.method} ".encode() + head.url + f" HTTP/{head.version}".encode()]
        lines += [name + b": " + value for name, value in head.headers if name != _UPGRADE]
        self._is_upgrade = False
        self._parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """See httptools: the first byte of a request line."""
        self._head = Head(self._limits)
        self._heads += 1
        self.is_between = False

    def on_url(self, piece: bytes) -> None:
        """See httptools."""
        self._head.add_url(piece)

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools: it calls this for the lines after a chunked body, too."""
        if self._in_body:
            self._head.count(name, value)
        else:
            self._head.add_header(name, value)

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._head.complete(self._parser.get_method(), self._parser.get_http_version())
        if self._head.method == "CONNECT":
            raise Refused(invalid("CONNECT is for proxies"))
        self._is_upgrade = self._parser.should_upgrade()
        if not self._is_upgrade:
            self._in_body = True
            self._requests.request_begins(self._head, keep_alive=self._parser.should_keep_alive())

    def on_body(self, piece: bytes) -> None:
        """See httptools."""
        self._bodiless_bytes = 0
        self._requests.body_comes(piece)

    def on_message_complete(self) -> None:
        """See httptools."""
        if not self._is_upgrade:
            self._in_body = False
            self._bodiless_bytes = 0
            self.is_between = True
            self._requests.request_ends()
