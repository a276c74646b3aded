"""The schema of a database: versions, migrations, and what a reader may do."""

import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from cloud.postgres_server import PostgresServer
from fieldmark.atlas.database.publication import Reader, publish
from fieldmark.atlas.database.schema import MIGRATIONS, migrate, version_of, versions
from fieldmark.atlas_format.database import READABLE, SCHEMA_VERSION
from fieldmark.errors import AtlasBroken
from published import database, file_of, postgres_areas
from releases import CONTENT, KRUGER, KRUGER_RECORD, RELEASE

NEXT = """
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE fieldmark.release ADD COLUMN note text NOT NULL DEFAULT 'none'")
"""


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_the_newest_migration_is_the_version_that_is_published_and_read() -> None:
    assert versions()[0] == SCHEMA_VERSION
    assert SCHEMA_VERSION in READABLE


def test_an_empty_database_is_brought_to_the_newest_version(
    postgres: PostgresServer, database_url: str
) -> None:
    with postgres.connect(name_of(database_url)) as connection:
        assert version_of(connection) is None
        migrate(connection)
        migrate(connection)

        assert version_of(connection) == SCHEMA_VERSION
        assert connection.execute("SELECT current FROM fieldmark.pointer").fetchall() == [(None,)]


def test_an_older_database_keeps_its_releases(
    postgres: PostgresServer, published_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions/notes.py").write_text(NEXT)

    with postgres.connect(name_of(published_url)) as connection:
        migrate(connection, "2", folder)

        assert version_of(connection) == "2"
        rows = connection.execute("SELECT name, note FROM fieldmark.release").fetchall()
    assert rows == [(RELEASE.name, "none")]
    found = postgres_areas(published_url).areas([KRUGER], RELEASE.name).records
    assert found == {KRUGER: KRUGER_RECORD}


def test_a_migration_that_fails_changes_nothing(
    postgres: PostgresServer, published_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions/notes.py").write_text(f"{NEXT}    op.execute('SELECT nonsense')\n")

    with postgres.connect(name_of(published_url)) as connection:
        with pytest.raises(Exception, match="nonsense"):
            migrate(connection, "2", folder)

        assert version_of(connection) == SCHEMA_VERSION
    assert postgres_areas(published_url).release().name == RELEASE.name


def test_a_newer_database_is_left_alone(
    postgres: PostgresServer, published_url: str, tmp_path: Path
) -> None:
    with postgres.connect(name_of(published_url)) as connection:
        connection.execute("UPDATE fieldmark.schema_version SET version_num = '999'")

    with pytest.raises(AtlasBroken, match="publish with the newer program"):
        publish(file_of(CONTENT, tmp_path), database(published_url))


FORBIDDEN = [
    "UPDATE fieldmark.pointer SET current = NULL",
    "DELETE FROM fieldmark.release",
    "INSERT INTO fieldmark.schema_version VALUES ('2')",
    "CREATE TABLE fieldmark.mine (a int)",
    "CREATE TABLE public.mine (a int)",
    "CREATE SCHEMA mine",
    "DROP SCHEMA fieldmark CASCADE",
    "CREATE ROLE other",
]


@pytest.mark.parametrize("role", ["web-1", 'we"b', "Web Reader; DROP ROLE postgres"])
def test_a_reader_reads_every_release_and_can_do_nothing_else(
    published_url: str, tmp_path: Path, role: str
) -> None:
    old = file_of(CONTENT, tmp_path)
    new = file_of(replace(CONTENT, release=replace(RELEASE, name="new-2026.11")), tmp_path)
    publish(old, database(published_url), Reader(role))
    publish(new, database(published_url))

    url = published_url.replace("postgres@", f"{quote(role, safe='')}@")
    store = postgres_areas(url)
    assert store.release().name == "new-2026.11"
    for name in (RELEASE.name, "new-2026.11"):
        assert store.areas([KRUGER], name).records == {KRUGER: KRUGER_RECORD}
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in FORBIDDEN:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.Error)) as no:
                connection.execute(statement)
            assert no.value.sqlstate == "42501", statement


def test_a_reader_with_a_token_is_let_in_where_the_server_knows_such(
    postgres: PostgresServer, published_url: str, tmp_path: Path
) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE rds_iam NOLOGIN")
    try:
        publish(file_of(CONTENT, tmp_path), database(published_url), Reader("signer", iam=True))

        with postgres.connect() as connection:
            found = connection.execute(
                "SELECT pg_has_role('signer', 'rds_iam', 'member'), rolcanlogin"
                " FROM pg_roles WHERE rolname = 'signer'"
            ).fetchall()
    finally:
        with postgres.connect() as connection:
            connection.execute("DROP ROLE rds_iam")
    assert found == [(True, True)]
