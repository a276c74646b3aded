"""A TCP proxy that makes a server slow, silent or gone, for tests; it listens on 127.0.0.1."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

__all__ = ["FaultProxy", "fault_proxy"]

_CHUNK_BYTES: Final = 65536
_HANG_S: Final = 30.0


@dataclass
class FaultProxy:
    """Stands before a server; what it does may be changed while connections are open.

    ``delay_s`` passes before each piece of an answer goes on; ``cut_on``, where set, is what a
    client says that ends its connection at once, ``swap`` what is said in place of what it says;
    ``taken`` counts connections.
    """

    target: tuple[str, int]
    delay_s: float = 0.0
    cut_on: bytes | None = None
    swap: tuple[bytes, bytes] | None = None
    taken: int = 0
    port: int = 0
    _flows: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)
    _listener: socket.socket | None = None

    def hold(self) -> None:
        """Take connections, and pass nothing on, either way."""
        self._flows.clear()

    def let_go(self) -> None:
        """Pass on what was held, and what comes."""
        self._flows.set()

    def cut(self) -> None:
        """End every connection that is open, without a farewell."""
        with self._lock:
            held, self._open = self._open, set()
        for end in held:
            _end(end)

    def refuse(self) -> None:
        """Take no more connections, and end those that are open."""
        if self._listener is not None:
            _end(self._listener)
            self._listener = None
        self.cut()

    def accept(self) -> None:
        """Take connections (again), on the same port."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(128)
        self.port = self._listener.getsockname()[1]
        self._start(self._take, self._listener)

    def close(self) -> None:
        """End everything, and wait for it."""
        self.refuse()
        self.let_go()
        for thread in list(self._threads):
            thread.join(_HANG_S)
            assert not thread.is_alive()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.taken += 1
            self._start(self._join, client)

    def _join(self, client: socket.socket) -> None:
        self._flows.wait(_HANG_S)
        try:
            server = socket.create_connection(self.target, timeout=_HANG_S)
        except OSError:
            _end(client)
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        self._start(self._answers, server, client)
        self._questions(client, server)

    def _questions(self, client: socket.socket, server: socket.socket) -> None:
        with self._until_ended(client, server):
            while data := client.recv(_CHUNK_BYTES):
                self._flows.wait(_HANG_S)
                if self.cut_on is not None and self.cut_on in data:
                    return
                server.sendall(data if self.swap is None else data.replace(*self.swap))

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with self._until_ended(client, server):
            while data := server.recv(_CHUNK_BYTES):
                self._flows.wait(_HANG_S)
                time.sleep(self.delay_s)
                client.sendall(data)

    @contextlib.contextmanager
    def _until_ended(self, client: socket.socket, server: socket.socket) -> Iterator[None]:
        """End both connections when one has ended."""
        with contextlib.suppress(OSError):
            yield
        with self._lock:
            self._open -= {client, server}
        _end(client)
        _end(server)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def fault_proxy(port: int, host: str = "127.0.0.1") -> Iterator[FaultProxy]:
    """Run a proxy before that server until the block ends; it passes everything on at first."""
    proxy = FaultProxy((host, port))
    proxy.let_go()
    proxy.accept()
    try:
        yield proxy
    finally:
        proxy.close()
