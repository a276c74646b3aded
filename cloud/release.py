"""The release in the local cloud's database, put there by the command that operators use."""

import os
from typing import Any
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
    """Publish a release file."""
    from fieldmark.adapters.shared_release import announce
    from fieldmark.adapters.postgres_access import OpenQueryClose
    from fieldmark.adapters.postgres_address import PostgresAddress
    from fieldmark.adapters.postgres_areas import PostgresAreas
    from fieldmark.adapters.postgres_session import open_session
    from fieldmark.atlas.database.publication import Database, Reader, publish as put
    from fieldmark import compose
    from fieldmark.settings import Settings
    from fieldmark.telemetry import Silence

    address = PostgresAddress(url)
    cache_: Any = compose.cache(Settings.from_environment({"FIELDMARK_CACHE": cache}), Silence())
    put(
        file,
        Database(
            lambda: open_session(address),
            PostgresAreas(OpenQueryClose(address), url),
            lambda name: announce(cache_, name),
            url,
        ),
        Reader(reader),
    )
