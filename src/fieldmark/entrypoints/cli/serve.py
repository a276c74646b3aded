"""``fieldmark serve``: the website and the HTTP API."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from fieldmark.entrypoints.web.server.bounds import Bounds, Deadlines
from fieldmark.errors import ExtraMissing
from fieldmark.settings import Settings

__all__ = ["BEHIND_A_PROXY", "command"]

_APPLICATION: Final = "fieldmark.entrypoints.web.app:worker"
_SHARED_COUNTS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own name; workers that start with it count together."""

BEHIND_A_PROXY: Final = Bounds(Deadlines(idle_s=75.0))
"""A proxy holds connections for up to a minute and sends the next request on one at any moment:
whoever closes it just then makes of it a 502."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any that is free.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that share FIELDMARK_CONCURRENCY.",
)
def command(host: str, port: int, workers: int) -> int:
    """Serve the website and the HTTP API until Ctrl-C.

    Threads use all cores in one process already; several workers help on machines with many.
    """
    settings = Settings.from_environment()
    concurrency = settings.concurrency
    if workers > concurrency:
        raise click.UsageError(
            f"{workers} workers share {concurrency} photos at once; give at most {concurrency} "
            "workers, or set FIELDMARK_CONCURRENCY"
        )
    try:
        from fieldmark.entrypoints.web.server.serving import serve  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ExtraMissing(
            f"the website is an extra ({error.name} is missing): pip install 'fieldmark[web]'"
        ) from error
    bounds = BEHIND_A_PROXY if settings.trusted_proxies else Bounds()
    with _counting_together(workers):
        return serve(_APPLICATION, host, port, workers, _say, bounds)


def _say(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Let several workers add up their metrics in files, which go with the server."""
    if workers == 1 or _SHARED_COUNTS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="fieldmark-metrics-") as folder:
        os.environ[_SHARED_COUNTS] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED_COUNTS]
