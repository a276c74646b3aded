"""``fieldmark serve``: not there yet, and it says so."""

import click

from fieldmark.errors import ExtraMissing

__all__ = ["command"]


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def command(host: str, port: int, workers: int) -> None:
    """Serve the website and the HTTP API."""
    del host, port, workers
    raise ExtraMissing("this version has no website yet; identify photos with: fieldmark identify")
