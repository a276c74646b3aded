"""The release in the local cloud's database, put there by the command that operators use."""

import os
import subprocess
import sys
from pathlib import Path

from fieldmark.compose import STARTER_ATLAS
from postgres_server import PostgresServer

__all__ = ["published"]


def published(
    file: Path | None, postgres: PostgresServer, database: str, reader: str, cache: str
) -> str:
    """Publish a release file, announce it, and return its name."""
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE {database}")
        connection.execute(f"CREATE ROLE {reader} LOGIN")
    publish(file or STARTER_ATLAS, postgres.url(database), reader, cache)
    with postgres.connect(database) as connection:
        row = connection.execute("SELECT current FROM fieldmark.pointer").fetchone()
    if row is None:
        raise RuntimeError("nothing was published")
    return str(row[0])


def publish(file: Path, url: str, reader: str, cache: str) -> None:
    """Publish a release file as an operator does."""
    fieldmark = Path(sys.executable).with_name("fieldmark")
    subprocess.run(
        [fieldmark, "atlas", "publish", file, "--to", url, "--reader", reader],
        env={**os.environ, "FIELDMARK_CACHE": cache},
        check=True,
    )
