"""One worker process: it serves the connections that its supervisor hands to it."""

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence

import msgspec

from fieldmark.entrypoints.problems import exit_of
from fieldmark.entrypoints.web.server.assignment import (
    CLOSED,
    FAILED,
    SERVING,
    STOPPING,
    Assignment,
)
from fieldmark.entrypoints.web.server.connection import Connection
from fieldmark.entrypoints.web.server.hosting import Host
from fieldmark.errors import FieldmarkError

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Serve until the supervisor says stop or is gone; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: one decides
    assignment = msgspec.json.decode(arguments[0], type=Assignment)
    with socket.socket(fileno=assignment.control_fd) as control:
        control.settimeout(0)
        worker = _Worker(assignment, control)
        try:
            worker.run()
        except FieldmarkError as error:
            worker.report(FAILED + str(error).encode())
            return exit_of(error)
    return 0


class _Worker:
    def __init__(self, assignment: Assignment, control: socket.socket) -> None:
        self._control = control
        self._unsent = b""
        self._arriving: set[asyncio.Task[None]] = set()
        self._host = Host(
            assignment.app_factory,
            assignment.workers,
            assignment.bounds,
            started=self._started,
            stopping=lambda: self.report(STOPPING),
        )

    def run(self) -> None:
        self._host.run(sockets=[])

    def report(self, what: bytes) -> None:
        """Tell the supervisor; what it cannot take now goes with the next report."""
        self._unsent += what
        try:
            self._unsent = self._unsent[self._control.send(self._unsent) :]
        except OSError:
            return  # it is slow, or gone

    def _started(self) -> None:
        asyncio.get_running_loop().add_reader(self._control, self._receive)
        self.report(SERVING)

    def _receive(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(self._control, 1, 1)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        if not data:
            asyncio.get_running_loop().remove_reader(self._control)
            self._host.stop_process()
        elif files:
            arriving = asyncio.ensure_future(self._take(socket.socket(fileno=files[0])))
            self._arriving.add(arriving)
            arriving.add_done_callback(self._arriving.discard)
        else:
            self._closed()  # more open files than this process may have: the kernel closed it

    async def _take(self, accepted: socket.socket) -> None:
        accepted.settimeout(0)
        try:
            _, connection = await asyncio.get_running_loop().connect_accepted_socket(
                self._connection, accepted
            )
        except OSError:  # it was reset while it was on its way
            accepted.close()
            self._closed()
            return
        if self._host.should_exit:
            connection.shutdown()

    def _connection(self) -> Connection:
        return self._host.connection(self._closed)

    def _closed(self) -> None:
        self.report(CLOSED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
