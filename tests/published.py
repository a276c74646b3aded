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
from fieldmark.settings import DatabaseUrl

__all__ = ["ROOMY", "address_of", "database", "file_of", "postgres_areas", "published"]

ROOMY: Final = Patience(connect_s=20.0, query_s=20.0, whole_s=30.0)
"""No test of what is read may fail because the machine is slow."""


def address_of(url: str, token: Token | None = None) -> PostgresAddress:
    """Return the address, shown without its user and password."""
    parsed = DatabaseUrl.parse(url)
    return PostgresAddress(url, f"{parsed.host}:{parsed.port}/{parsed.database}", token)


def postgres_areas(
    url: str, *, held: bool = False, patience: Patience = ROOMY, token: Token | None = None
) -> PostgresAreas:
    """Return a store over the releases of a database."""
    address = address_of(url, token)
    access = HeldAWhile(address, patience) if held else OpenQueryClose(address, patience)
    return PostgresAreas(access)


def database(url: str, announce: Callable[[str], None] = lambda _: None) -> Database:
    """Return the database that releases are published to."""
    address = address_of(url)
    return Database(lambda: open_session(address), postgres_areas(url), announce, str(address))


def file_of(content: ReleaseContent, folder: Path) -> Path:
    """Return the file of a release."""
    file = folder / f"{content.release.name}.sqlite"
    publish_file(content, file, check=lambda _: None)
    return file


def published(content: ReleaseContent, folder: Path, url: str) -> Published:
    """Publish a release."""
    return publish(file_of(content, folder), database(url))
