"""``fieldmark atlas publish`` and ``rollback`` as a person meets them."""

from dataclasses import replace
from pathlib import Path

import pytest

from cloud.postgres_server import PostgresServer, postgres_server
from fieldmark.entrypoints.cli.app import run
from fieldmark.entrypoints.problems import Exit
from published import file_of, postgres_areas
from releases import CONTENT, RELEASE
from s3_server import Bucket

NEW = replace(CONTENT, release=replace(RELEASE, name="new-2026.12"))


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDMARK_ATLAS", raising=False)


def test_a_release_is_published_and_taken_back(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (str(file_of(release, tmp_path)) for release in (CONTENT, NEW))
    place = database_url.rpartition("@")[2]

    assert run(["atlas", "publish", old, "--to", database_url]) == Exit.OK
    assert run(["atlas", "publish", old, "--to", database_url]) == Exit.OK
    assert run(["atlas", "publish", new, "--to", database_url, "--reader", "cli"]) == Exit.OK
    assert run(["atlas", "rollback", "--to", database_url]) == Exit.OK

    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        "loaded 2 families of cells, 44 bytes",
        f"starter-2026.11 is in use at {place}",
        f"starter-2026.11 is in use at {place} already; nothing was changed",
        "loaded 2 families of cells, 44 bytes",
        f"new-2026.12 is in use at {place}; starter-2026.11 was before, and is kept",
        f"starter-2026.11 is in use again at {place}, new-2026.12 no more",
    ]
    reader = postgres_areas(database_url.replace("postgres@", "cli@"))
    assert reader.release().name == RELEASE.name


def test_the_database_of_the_settings_is_the_default(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDMARK_ATLAS", database_url)

    assert run(["atlas", "publish", str(file_of(CONTENT, tmp_path))]) == Exit.OK
    assert run(["atlas", "info", str(file_of(NEW, tmp_path))]) == Exit.OK
    assert postgres_areas(database_url).release().name == RELEASE.name


def test_a_release_may_lie_in_a_bucket(
    database_url: str, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = file_of(CONTENT, tmp_path).read_bytes()
    bucket.at("releases/").put("starter.sqlite", data)
    place = f"s3://{bucket.name}/releases/starter.sqlite"

    assert run(["atlas", "publish", place, "--to", database_url]) == Exit.OK
    assert run(["atlas", "publish", f"{place}x", "--to", database_url]) == Exit.SETUP

    assert postgres_areas(database_url).release().name == RELEASE.name
    assert f"there is no release at {place}x" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["publish", "FILE"], ["rollback"]])
def test_without_a_database_the_usage_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    file = str(file_of(CONTENT, tmp_path))

    code = run(["atlas", *(file if word == "FILE" else word for word in command)])

    assert code == Exit.USAGE
    assert "give --to URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@db",
        "postgresql://me:hunter2/x@db/atlas",
        "mysql://me:hunter2@db/atlas",
        "hunter2",
    ],
)
def test_an_address_that_is_none_is_wrong_usage_and_shows_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    code = run(["atlas", "publish", str(file_of(CONTENT, tmp_path)), "--to", url])

    assert code == Exit.USAGE
    assert "hunter2" not in capsys.readouterr().err


def test_a_password_is_printed_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(file_of(CONTENT, tmp_path))
    with postgres_server(auth="scram-sha-256") as server:
        name = server.database()
        with server.connect() as connection:
            connection.execute("CREATE ROLE keeper SUPERUSER LOGIN PASSWORD 'hunter2'")
        right = f"postgresql://keeper:hunter2@127.0.0.1:{server.port}/{name}"

        assert run(["atlas", "publish", file, "--to", right]) == Exit.OK
        assert run(["atlas", "rollback", "--to", right]) == Exit.SOME_FAILED
        assert run(["atlas", "publish", file, "--to", right.replace("2@", "3@")]) == Exit.SETUP
        server.stop()
        assert run(["atlas", "publish", file, "--to", right]) == Exit.SETUP
        assert run(["atlas", "publish", file, "--to", f"{right}?nonsense=1"]) == Exit.SETUP

    said = capsys.readouterr()
    assert "hunter" not in said.out + said.err
    assert "nothing to go back to" in said.err
    assert "password authentication failed" in said.err
    assert "refused" in said.err
    assert "Traceback" not in said.err


def test_a_file_that_is_no_release_is_refused(
    postgres: PostgresServer,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no release")

    assert run(["atlas", "publish", str(file), "--to", database_url]) == Exit.SETUP
    assert run(["atlas", "publish", str(tmp_path / "none"), "--to", database_url]) == Exit.USAGE

    assert "notes.txt" in capsys.readouterr().err
    assert postgres.connections(database_url.rpartition("/")[2]) == 0
