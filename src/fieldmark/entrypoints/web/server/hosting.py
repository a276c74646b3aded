"""One process that hosts the application: uvicorn with our connections and our way to stop."""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import FrameType
from typing import Final, cast

import uvicorn

from fieldmark.entrypoints.web.asgi import App
from fieldmark.entrypoints.web.server.bounds import Bounds
from fieldmark.entrypoints.web.server.connection import Connection
from fieldmark.entrypoints.web.server.listening import BACKLOG
from fieldmark.errors import SetupError

__all__ = ["Host", "nothing"]

_INTERRUPTED: Final = 130
_STOPS: Final = (signal.SIGTERM, signal.SIGINT)


def nothing() -> None:
    """Do nothing."""


class Host(uvicorn.Server):
    """An application, built and served until it is told to stop."""

    def __init__(
        self,
        app_factory: str,
        workers: int,
        bounds: Bounds,
        started: Callable[[], None] = nothing,
        stopping: Callable[[], None] = nothing,
    ) -> None:
        """Take the application's factory, ``module:name``; it is called with ``workers``."""
        super().__init__(_config(partial(_built, app_factory, workers), bounds))
        self._bounds = bounds
        self._started = started
        self._stopping = stopping
        self._is_ending = threading.Event()

    def connection(self, closed: Callable[[], None]) -> Connection:
        """Return a connection to this host, for a socket that was accepted elsewhere."""
        return Connection(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            bounds=self._bounds,
            closed=closed,
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn.Server.

        Raises:
            SetupError: the application did not start.
        """
        _allow_files(2 * self._bounds.limits.connections)
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise SetupError("the website did not start; the lines above say why") from error
        if not self.should_exit:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn.Server."""
        self._stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn.Server, whose own way ends the process by the signal, not by an exit code."""
        if threading.current_thread() is threading.main_thread():
            threading.Thread(target=self._end_at_last, daemon=True).start()
            for number in _STOPS:
                # Whoever ignores a signal goes on ignoring it: a worker leaves Ctrl-C to others.
                if signal.getsignal(number) != signal.SIG_IGN:
                    # The loop's own way would not reach us while an application blocks the loop.
                    signal.signal(number, self._take_signal)
        yield

    def stop_process(self) -> None:
        """Drain, then leave; what hangs is cancelled, and what hangs even then is left behind."""
        if not self.should_exit:
            self.should_exit = True
            self._is_ending.set()

    def _end_at_last(self) -> None:
        """Wait, in a thread of its own, for the last moment that the process has."""
        self._is_ending.wait()
        time.sleep(self._bounds.deadlines.exit_s)
        _leave(0)

    def _take_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.should_exit and number == signal.SIGINT:
            _leave(_INTERRUPTED)
        self.stop_process()


def _config(app: Callable[[], App], bounds: Bounds) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=True,
        interface="asgi3",
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=cast("type[asyncio.Protocol]", partial(Connection, bounds=bounds)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        workers=1,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=bounds.deadlines.drain_s,
    )


def _built(app_factory: str, workers: int) -> App:
    """Return the application."""
    module, _, name = app_factory.partition(":")
    try:
        return cast("App", getattr(import_module(module), name)(workers))
    except TypeError as error:
        # uvicorn would take it for a factory that it called wrongly, and not say where it happened.
        raise RuntimeError(f"{app_factory} failed: {error}") from error


def _allow_files(least: int) -> None:
    """Let this process have that many open files, where the system lets it."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = least + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _leave(code: int) -> None:
    """End the process, whatever its threads do."""
    sys.stderr.flush()
    os._exit(code)
