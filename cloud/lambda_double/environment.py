"""One execution environment: a process with AWS's runtime client, and the Runtime API before it."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from cloud.lambda_double.function import Event, Function, Outcome, failed
from cloud.lambda_double.http import Request, Response, Server

__all__ = ["Environment"]

_API: Final = "/2018-06-01/runtime/"
_ACCEPTED: Final = Response(202, b'{"status":"OK"}')
_LIBC: Final = ctypes.CDLL(None)
_SET_PARENT_DEATH_SIGNAL: Final = 1


class Environment:
    """A process that asks for events one by one; it is frozen while there is none.

    ``frozen`` counts how often it was. Everything runs on one event loop.
    """

    def __init__(self, function: Function) -> None:
        self._function = function
        self._server: Server
        self._process: asyncio.subprocess.Process
        self._exit: asyncio.Task[int]
        self._asks = asyncio.Event()
        self._event: asyncio.Future[Event] = asyncio.Future()
        self._outcome: asyncio.Future[Outcome] = asyncio.Future()
        self._of_init: Outcome | None = None
        self._is_frozen = False
        self.frozen = 0
        self.used_s = time.monotonic()

    @classmethod
    async def started(cls, function: Function, runtime: Path) -> Self:
        """Start the process of a new environment; it is made ready by its first event."""
        self = cls(function)
        self._server = await Server.started(self._served)
        api = self._server.address
        path = [function.root, runtime] if function.is_sealed else [function.root]
        with open(function.log or os.devnull, "ab") as log:  # noqa: ASYNC230, PTH123  # opened once
            self._process = await asyncio.create_subprocess_exec(
                *_command(function),
                env=function.variables(api, os.pathsep.join(map(str, path))),
                cwd=function.root,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._exit = asyncio.create_task(self._process.wait())
        return self

    @property
    def pid(self) -> int:
        """The process, which leads its own group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs or is frozen."""
        return not self._exit.done()

    @property
    def is_free(self) -> bool:
        """Whether it asks for an event."""
        return self.is_alive and self._asks.is_set()

    async def settled(self) -> None:
        """Wait until it asks for the next event, or has ended."""
        await self._first(asyncio.create_task(self._asks.wait()), None)

    async def answer(self, event: Event) -> Outcome:
        """Return what comes of the event; an environment that fails to answer ends."""
        if not self._asks.is_set() and not await self._ready():
            await self.end()
            return self._of_init or failed(
                "Sandbox.Timedout", event.request_id, f"Init took over {self._function.init_s:g} s"
            )
        outcome = self._outcome = asyncio.Future()
        start_s = time.perf_counter()
        self._thaw()
        self._asks.clear()
        self._event.set_result(event)
        if await self._first(outcome, self._function.timeout_s):
            self.used_s = time.monotonic()
            duration_ms = (time.perf_counter() - start_s) * 1e3
            return replace(outcome.result(), duration_ms=duration_ms)
        gone = self._exit.done()
        await self.end()
        if gone:
            return failed("Runtime.ExitError", event.request_id, self._how_it_ended())
        text = f"Task timed out after {self._function.timeout_s:.2f} seconds"
        return failed("Sandbox.Timedout", event.request_id, text)

    async def end(self) -> None:
        """Kill the process and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._exit
        await self._server.close()

    async def _ready(self) -> bool:
        """Wait for the first request for an event; False where none comes."""
        if await self._first(asyncio.create_task(self._asks.wait()), self._function.init_s):
            return True
        if self._exit.done() and self._of_init is None:
            self._of_init = failed("Runtime.ExitError", "init", self._how_it_ended())
        return False

    async def _first(
        self, waited: "asyncio.Task[bool] | asyncio.Future[Outcome]", timeout_s: float | None
    ) -> bool:
        """Wait for that or the end of the process; True where it was that."""
        both: list[asyncio.Future[object]] = [waited, self._exit]  # type: ignore[list-item]
        await asyncio.wait(both, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if not waited.done():
            waited.cancel()
            return False
        return True

    def _thaw(self) -> None:
        if self._is_frozen:
            self._is_frozen = False
            os.killpg(self.pid, signal.SIGCONT)

    def _freeze(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGSTOP)
            self._is_frozen = True
            self.frozen += 1

    def _how_it_ended(self) -> str:
        code = self._exit.result()
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return f"Runtime exited with error: {how}"

    async def _served(self, request: Request) -> Response:
        """Answer one call of the runtime client."""
        call = request.target.removeprefix(_API)
        if call == "invocation/next":
            return await self._next()
        if call == "restore/next":
            return Response(200, b"{}")
        if call == "init/error":
            self._of_init = Outcome(request.body, "Unhandled")
        elif call.endswith("/response"):
            self._done(Outcome(request.body))
        elif call.endswith("/error"):
            self._done(Outcome(request.body, "Unhandled"))
        else:
            return Response(404)
        return _ACCEPTED

    async def _next(self) -> Response:
        event = self._event = asyncio.Future()
        self._freeze()
        self._asks.set()
        handed = await event
        deadline_ms = int((time.time() + self._function.timeout_s) * 1e3)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": handed.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self._function.arn,
            "Lambda-Runtime-Trace-Id": handed.trace_id,
        }
        return Response(200, handed.payload, headers)

    def _done(self, outcome: Outcome) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)


def _command(function: Function) -> Sequence[str]:
    site = ["-S"] if function.is_sealed else []
    return [sys.executable, *site, "-m", "awslambdaric", function.handler]


def _die_with_parent() -> None:
    """Let the kernel end the process if the double is killed: frozen, it would stay for ever."""
    _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
