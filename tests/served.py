"""Servers for tests: in a thread, to look inside; as a process, to send signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieldmark.entrypoints.web.server.bounds import Bounds, Deadlines, Limits
from fieldmark.entrypoints.web.server.hosting import Host
from fieldmark.entrypoints.web.server.listening import listen
from tiny_app import LAST, TinyApp

ROOT = Path(__file__).resolve().parents[1]

HANG_S = 30.0
"""Nothing in these tests takes as long unless it hangs."""

SHORT = Deadlines(
    headers_s=0.5, body_s=1.0, idle_s=0.5, write_s=1.0, linger_s=1.0, drain_s=3, exit_s=5.0
)
ROOMY = Deadlines(headers_s=20, body_s=20, idle_s=20, write_s=20, linger_s=5, drain_s=3, exit_s=5.0)


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a thread of this process."""

    app: TinyApp
    host: Host
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=HANG_S)

    def saw(self, name: str) -> bool:
        """Wait for the application to have seen something."""
        return until(lambda: self.app.seen[name] > 0)

    def settle(self) -> None:
        """Wait until nothing is connected and nothing runs."""
        state = self.host.server_state
        assert until(lambda: not state.connections and not state.tasks)

    def ask(self, data: bytes) -> bytes:
        """Send, and return everything up to the end of the connection."""
        with self.connect() as client:
            client.sendall(data)
            return read_all(client)


@contextmanager
def served(deadlines: Deadlines = ROOMY, limits: Limits | None = None) -> Iterator[Served]:
    is_up = threading.Event()
    host = Host("tiny_app:make", 1, Bounds(deadlines, limits or Limits()), started=is_up.set)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=host.run, args=([listening],))
        thread.start()
        try:
            assert is_up.wait(HANG_S)
            yield Served(LAST[-1], host, listening.getsockname()[1])
        finally:
            host.should_exit = True
            thread.join(HANG_S)
    assert not thread.is_alive()


def until(holds: Callable[[], bool]) -> bool:
    """Wait for something to hold; return whether it does."""
    pause = threading.Event()
    for _ in range(int(HANG_S / 0.02)):
        if holds():
            return True
        pause.wait(0.02)
    return False


def read_all(client: socket.socket) -> bytes:
    """Return what comes until the server ends; a reset is an error."""
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def read_response(client: socket.socket) -> bytes:
    """Return one response with a Content-Length, and leave what follows."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte, f"the server ended after {head!r}"
        head += byte
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return head + body


def problem_of(response: bytes) -> dict[str, Any]:
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"connection: close" in head
    assert re.search(rb"\r\nx-request-id: [0-9a-f-]{36}\r\n", head)
    assert re.search(rb"\r\nserver-timing: total;dur=[0-9.]+\r\n", head)
    found: dict[str, Any] = msgspec.json.decode(body)
    assert set(found) == {"type", "title", "status", "detail"}
    assert head.startswith(f"HTTP/1.1 {found['status']} ".encode())
    return found


PROGRAM = """
import sys
from fieldmark.entrypoints.web.server.bounds import Bounds, Deadlines
from fieldmark.entrypoints.web.server.serving import serve
from fieldmark.errors import FieldmarkError

def say(line):
    print(line, file=sys.stderr, flush=True)

if __name__ == "__main__":
    factory, host, port, workers = sys.argv[1:]
    bounds = Bounds(Deadlines(linger_s=1.0, drain_s=2, exit_s=4.0))
    try:
        code = serve(factory, host, int(port), int(workers), say, bounds)
    except FieldmarkError as error:
        say(f"fieldmark: {error}")
        code = 3
    sys.exit(code)
"""


@dataclass(slots=True)
class Running:
    """A server as a process of its own, with what it said first."""

    process: "subprocess.Popen[str]"
    port: int
    first_line: str

    def connect(self, host: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection((host, self.port), timeout=HANG_S)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(HANG_S)

    def line(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline()


@contextmanager
def program(
    factory: str = "make", workers: int = 1, host: str = "127.0.0.1", port: int = 0
) -> "Iterator[subprocess.Popen[str]]":
    """Start a server; its group ends with the block, whatever happened in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, f"tiny_app:{factory}", host, str(port), str(workers)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        wait_for_group(process.pid)


def wait_for_group(group: int) -> None:
    """Wait until no process of the group is left; workers end by themselves."""

    def is_gone() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    if not until(is_gone):
        os.killpg(group, signal.SIGKILL)
        raise AssertionError(f"processes of group {group} were left running")


@contextmanager
def running(workers: int = 1, host: str = "127.0.0.1") -> Iterator[Running]:
    with program(workers=workers, host=host) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("Fieldmark serves on "), line + process.stderr.read()
        port = int(line.split(" (")[0].rsplit(":", 1)[1])
        yield Running(process, port, line)
