"""Several worker processes on one port: started, replaced, given connections, and ended.

The supervisor accepts every connection and hands it to the worker that has the fewest. A socket
that the workers share, or one each with SO_REUSEPORT, leaves the choice to the kernel, and that
spreads a few connections unevenly; bench/connection_shares.py measures how.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from fieldmark.entrypoints.web.server.bounds import Bounds
from fieldmark.entrypoints.web.server.child import Child
from fieldmark.errors import SetupError

__all__ = ["Supervisor"]

_INTERRUPTED: Final = 130
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 30.0
_STEADY_S: Final = 60.0
"""A worker that ends after this long was no failed attempt."""
_KILL_AFTER_S: Final = 0.5
"""How much longer than its own last deadline a worker gets."""
_BATCH: Final = 64
_NO_FILES_PAUSE_S: Final = 0.1


class Supervisor:
    """Keeps so many workers serving until SIGTERM or Ctrl-C."""

    def __init__(
        self,
        listening: socket.socket,
        start: "Callable[[Callable[[], None]], Coroutine[Any, Any, Child]]",
        workers: int,
        bounds: Bounds,
        say: Callable[[str], None],
    ) -> None:
        self._listening = listening
        self._start = start
        self._workers = workers
        self._exit_s = bounds.deadlines.exit_s
        self._say = say
        self._children: list[Child] = []
        self._is_announced = self._is_accepting = False

    async def run(self, announcement: str) -> int:
        """Serve and return the exit code; the announcement is said once every worker serves.

        Raises:
            SetupError: a worker cannot start and none serves.
        """
        self._announcement = announcement
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._take_signal, number)
        keepers = [asyncio.create_task(self._keep()) for _ in range(self._workers)]
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait([stop, *keepers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            outcomes = await self._end(keepers)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return _INTERRUPTED if self._hurry.is_set() else 0

    async def _keep(self) -> None:
        """Keep one worker alive; each time that it fails soon, wait longer."""
        pause_s = _FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            began_s = loop.time()
            child = await self._start(self._changed)
            code = await self._watch(child)
            if self._stop.is_set():
                return
            if not child.has_served and not self._can_do_without():
                why = f"a worker process ended with exit code {code} before it served"
                raise SetupError(child.complaint or why)
            if loop.time() - began_s > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
            why = child.complaint or f"exit code {code}"
            self._say(f"a worker process ended ({why}); another starts in {pause_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _watch(self, child: Child) -> int:
        self._children.append(child)
        if self._stop.is_set():
            child.terminate()
        code = await child.ended()
        self._children.remove(child)
        self._changed()
        return code

    def _can_do_without(self) -> bool:
        return self._is_announced and any(child.is_serving for child in self._children)

    def _changed(self) -> None:
        """Take note that a worker began or ended to serve."""
        serving = sum(child.is_serving for child in self._children)
        if serving == self._workers and not self._is_announced and not self._stop.is_set():
            self._is_announced = True
            self._say(self._announcement)
        if serving and self._is_announced:
            self._go_on()
        else:
            self._pause()

    def _accept(self) -> None:
        """Take what came in and hand each connection to the worker that has the fewest."""
        for _ in range(_BATCH):
            try:
                connection, _ = self._listening.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # it left while it waited
            except OSError:
                # No file is free. The kernel keeps the connection until one is.
                self._pause()
                asyncio.get_running_loop().call_later(_NO_FILES_PAUSE_S, self._changed)
                return
            with connection:
                self._hand_over(connection)

    def _hand_over(self, connection: socket.socket) -> None:
        serving = [child for child in self._children if child.is_serving]
        for child in sorted(serving, key=lambda child: child.connections):
            if child.give(connection):
                # Of several with as few, the one that waited longest comes first.
                self._children.remove(child)
                self._children.append(child)
                return

    def _go_on(self) -> None:
        if not self._is_accepting and not self._stop.is_set():
            self._is_accepting = True
            asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def _pause(self) -> None:
        if self._is_accepting:
            self._is_accepting = False
            asyncio.get_running_loop().remove_reader(self._listening)

    async def _end(self, keepers: "list[asyncio.Task[None]]") -> list[BaseException | None]:
        """Accept no more, let the workers drain, and return how their keepers ended."""
        self._pause()
        self._accept()  # whoever is connected already is served or told why not
        self._listening.close()
        self._stop.set()
        for child in self._children:
            child.terminate()
        ended = asyncio.gather(*keepers, return_exceptions=True)
        hurry = asyncio.ensure_future(self._hurry.wait())
        either: list[asyncio.Future[Any]] = [ended, hurry]
        await asyncio.wait(
            either,
            timeout=self._exit_s + _KILL_AFTER_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        hurry.cancel()
        for child in self._children:
            child.kill()
        return await ended

    def _take_signal(self, number: int) -> None:
        if self._stop.is_set() and number == signal.SIGINT:
            self._hurry.set()
        self._stop.set()
