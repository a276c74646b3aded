"""What holds for every test, and the servers that many of them share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from postgres_server import PostgresServer

# No test asserts on time: a shared machine may be slow at any moment.
settings.register_profile("fieldmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fieldmark")


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """Return one server for all tests; who stops or freezes one starts one of its own."""
    from postgres_server import postgres_server

    with postgres_server() as server:
        yield server


@pytest.fixture
def database_url(postgres: "PostgresServer") -> Iterator[str]:
    """Return the address of an empty database."""
    name = postgres.database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def read_url(postgres: "PostgresServer", tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a database with the release of ``releases`` in use, only to be read."""
    from published import published
    from releases import CONTENT

    name = postgres.database()
    published(CONTENT, tmp_path_factory.mktemp("release"), postgres.url(name))
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def published_url(postgres: "PostgresServer", read_url: str) -> Iterator[str]:
    """Return the address of a database of one's own with that release in use."""
    template = read_url.rpartition("/")[2]
    postgres.disconnect(template)
    name = postgres.database(template)
    yield postgres.url(name)
    postgres.drop(name)
