"""A worker process as its supervisor sees it."""

import asyncio
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from fieldmark.entrypoints.web.server.assignment import (
    CLOSED,
    CONNECTION,
    FAILED,
    SERVING,
    STOPPING,
    Assignment,
)
from fieldmark.entrypoints.web.server.bounds import Bounds

__all__ = ["Child"]

_WORKER: Final = "fieldmark.entrypoints.web.server.worker"


class Child:
    """A process, the socket that joins it to us, and how many connections it has."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        control: socket.socket,
        changed: Callable[[], None],
    ) -> None:
        self.is_serving = False
        self.has_served = False
        self.connections = 0
        self.complaint = ""
        self._process = process
        self._control = control
        self._changed = changed
        asyncio.get_running_loop().add_reader(control, self._read)

    @classmethod
    async def start(
        cls, app_factory: str, workers: int, bounds: Bounds, changed: Callable[[], None]
    ) -> "Child":
        """Start a process; ``changed`` is called whenever it begins or ends to serve."""
        ours, its = socket.socketpair()
        ours.settimeout(0)
        with its:
            assignment = Assignment(app_factory, workers, bounds, its.fileno())
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the folder we happen to be in holds no modules of ours
                "-m",
                _WORKER,
                msgspec.json.encode(assignment).decode(),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
            )
        return cls(process, ours, changed)

    async def ended(self) -> int:
        """Wait until the process is no more and return its exit code."""
        code = await self._process.wait()
        self._read()  # what it said last
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self.is_serving = False
        return code

    def give(self, connection: socket.socket) -> bool:
        """Hand an open connection over; return whether the process could take it."""
        try:
            socket.send_fds(self._control, [CONNECTION], [connection.fileno()])
        except OSError:
            return False
        self.connections += 1
        return True

    def terminate(self) -> None:
        """Ask the process to drain and end."""
        self.is_serving = False
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def _read(self) -> None:
        try:
            said = self._control.recv(65536)
        except OSError:
            return
        if not said:
            asyncio.get_running_loop().remove_reader(self._control)
        elif self.complaint:
            self.complaint += said.decode(errors="replace")
        else:
            said, _, complaint = said.partition(FAILED)
            self.complaint = complaint.decode(errors="replace")
            self._note(said)

    def _note(self, said: bytes) -> None:
        self.connections -= said.count(CLOSED)
        if SERVING in said:
            self.is_serving = self.has_served = True
            self._changed()
        if STOPPING in said:
            self.is_serving = False
            self._changed()
