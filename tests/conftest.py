"""What holds for every test, and the servers that many of them share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from cloud.postgres_server import PostgresServer
    from cloud.valkey_server import Authority, Valkey
    from s3_server import Bucket, S3Server

# No test asserts on time: a shared machine may be slow at any moment.
settings.register_profile("fieldmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fieldmark")

_TOGETHER = ("tests/infra", "tests/integration/cloud")
"""Folders with tests that share what takes long to make: the templates, a whole local cloud."""


class _ByFileOrFolder(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Lets one worker run all tests of a file, or of a folder that shares what takes long."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder in _TOGETHER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFileOrFolder:
    """Return who hands out tests to the workers."""
    return _ByFileOrFolder(config, log)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """Return one server for all tests; who stops or freezes one starts one of its own."""
    from cloud.postgres_server import postgres_server

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


@pytest.fixture(scope="session")
def s3_server() -> "Iterator[S3Server]":
    """Return the double of S3 that all tests share."""
    from s3_server import serving

    with serving() as server:
        yield server


@pytest.fixture
def bucket(s3_server: "S3Server", monkeypatch: pytest.MonkeyPatch) -> "Bucket":
    """Return a bucket of the test's own; AWS's variables lead to its server."""
    from s3_server import lead_to, new_bucket

    lead_to(s3_server.url, monkeypatch)
    return new_bucket(s3_server)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> "Authority":
    """Who signs the certificates of this run's servers."""
    from cloud.valkey_server import Authority

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def valkey_alone() -> "Iterator[Valkey]":
    """A plain Valkey server. Whoever uses it flushes it first, and leaves it running."""
    from cloud.valkey_server import valkey_server

    with valkey_server() as running:
        yield running


@pytest.fixture(scope="session")
def valkey_serverless(authority: "Authority") -> "Iterator[Valkey]":
    """Valkey as ElastiCache Serverless shows it: cluster mode, TLS, one node that holds all slots.

    Whoever uses it flushes it first, and leaves it running.
    """
    from cloud.valkey_server import valkey_server

    with valkey_server(authority, cluster=True) as running:
        yield running
