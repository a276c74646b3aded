"""``serve``: one process or several on one port, until SIGTERM or Ctrl-C."""

import asyncio
from collections.abc import Callable
from functools import partial

from fieldmark.entrypoints.web.server.bounds import Bounds
from fieldmark.entrypoints.web.server.listening import listen, url_of

__all__ = ["serve"]


def serve(
    app_factory: str,
    host: str,
    port: int,
    workers: int,
    say: Callable[[str], None],
    bounds: Bounds | None = None,
) -> int:
    """Serve until told to stop, let what runs finish, and return the exit code.

    Args:
        app_factory: ``module:name`` of a function that takes the number of workers, which share the
            service's capacity, and returns an ASGI application with a lifespan.
        host: an address of this machine, or its name.
        port: 0 takes any that is free.
        workers: processes.
        say: takes lines for people: first where the website is, once it can be used.
        bounds: of each connection.
    Raises:
        SetupError: the port is not to be had, or the application does not start.
    """
    bounds = bounds or Bounds()
    with listen(host, port) as listening:
        count = "1 worker" if workers == 1 else f"{workers} workers"
        ready = f"Fieldmark serves on {url_of(listening, host)} ({count}); stop with Ctrl-C"
        if workers == 1:
            from fieldmark.entrypoints.web.server.hosting import Host  # noqa: PLC0415  # heavy

            Host(app_factory, workers, bounds, started=lambda: say(ready)).run([listening])
            return 0
        from fieldmark.entrypoints.web.server.child import Child  # noqa: PLC0415  # POSIX
        from fieldmark.entrypoints.web.server.supervisor import Supervisor  # noqa: PLC0415

        start = partial(Child.start, app_factory, workers, bounds)
        return asyncio.run(Supervisor(listening, start, workers, bounds, say).run(ready))
