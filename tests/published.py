"""Databases with releases in them, and stores that read them."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fieldmark.adapters.postgres_access import HeldAWhile, OpenQueryClose
from fieldmark.adapters.postgres_address import PostgresAddress, Token
from fieldmark.adapters.postgres_areas import PostgresAreas
from fieldmark.adapters.postgres_connection import Patience
from fieldmark.adapters.postgres_session import open_session
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.database.publication import Database, Published, publish
from fieldmark.atlas.publish import publish_file

__all__ = ["ROOMY", "database", "postgres_areas", "published"]

ROOMY: Final = Patience(connect_s=20.0, query_s=20.0, whole_s=30.0)
"""No test of what is read may fail because the machine is slow."""


def postgres_areas(
    url: str, *, held: bool = False, patience: Patience = ROOMY, token: Token | None = None
) -> PostgresAreas:
    """Return a store over the releases of a database."""
    address = PostgresAddress(url, token)
    access = HeldAWhile(address, patience) if held else OpenQueryClose(address, patience)
    return PostgresAreas(access, str(address))


def database(url: str, announce: Callable[[str], None] = lambda _: None) -> Database:
    """Return the database that releases are published to."""
    address = PostgresAddress(url)
    return Database(lambda: open_session(address), postgres_areas(url), announce, str(address))


def published(content: ReleaseContent, folder: Path, url: str) -> Published:
    """Publish a release."""
    file = folder / f"{content.release.name}.sqlite"
    publish_file(content, file, check=lambda _: None)
    return publish(file, database(url))
