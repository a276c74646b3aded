"""A bad day of S3: a proxy in front of the double that refuses, fails or hangs as it is told."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["EVERY_METHOD", "FaultyS3", "faulty"]

EVERY_METHOD = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_HOP = {"connection", "transfer-encoding", "server", "date", "content-length"}
_ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>as told</Message></Error>"


@dataclass
class FaultyS3:
    """The proxy; ``fault`` is None while it passes everything on.

    Else it is a status and S3's code for it, ``hang`` or ``drop``, for requests of these methods;
    ``asked`` lists method and path of each request, those that failed included; ``sent_bytes`` is
    how much it sent back.
    """

    port: int
    fault: tuple[int, str] | str | None = None
    methods: frozenset[str] = EVERY_METHOD
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent_bytes: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: FaultyS3
    upstream: int

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the library
        """Say nothing."""

    def _serve(self) -> None:
        state = self.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        state.asked.append((self.command, self.path))
        fault = state.fault if self.command in state.methods else None
        if fault is None:
            self._pass_on(body)
        elif isinstance(fault, tuple):
            self._answer(fault[0], {"Content-Type": "application/xml"}, _ERROR.format(fault[1]))
        else:
            if fault == "hang":
                state.ended.wait()
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _pass_on(self, body: bytes) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            response = upstream.getresponse()
            headers = {
                name: text for name, text in response.getheaders() if name.lower() not in _HOP
            }
            self._answer(response.status, headers, response.read())
        finally:
            upstream.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes | str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response_only(status)
        for name, text in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)
        self.state.sent_bytes += len(data)


@contextmanager
def faulty(upstream_port: int) -> Iterator[FaultyS3]:
    """Run the proxy; whoever hangs is let go at the end."""
    state = FaultyS3(0)
    handler = type("Handler", (_Handler,), {"state": state, "upstream": upstream_port})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield state
        finally:
            state.ended.set()
            server.shutdown()
            thread.join()
