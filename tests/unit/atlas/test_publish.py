"""Publishing a file: whole or not at all, whatever happens on the way."""

import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas.publish import publish_file
from fieldmark.errors import CheckFailed
from releases import CONTENT, KRUGER, RELEASE

NEW = replace(CONTENT, release=replace(RELEASE, name="starter-2026.12"))


def _no_check(_: Path) -> None:
    pass


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An atlas that stands already."""
    publish_file(CONTENT, tmp_path / "atlas.sqlite", _no_check)
    return tmp_path / "atlas.sqlite"


def _name(path: Path) -> str:
    store = SqliteAreas(path)
    name = store.release().name
    store.close()
    return name


def test_what_was_published_is_read_back(out: Path) -> None:
    content = read_content(out)

    assert list(content.taxa) == list(CONTENT.taxa)
    assert {cell: content.records[n] for cell, n in content.cells.items()} == {
        cell: CONTENT.records[n] for cell, n in CONTENT.cells.items()
    }
    assert content.ranges == CONTENT.ranges


def test_the_size_is_returned_and_others_may_read_the_file(tmp_path: Path) -> None:
    out = tmp_path / "atlas.sqlite"

    assert publish_file(CONTENT, out, _no_check) == out.stat().st_size
    assert out.stat().st_mode & 0o777 == 0o644


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    shuffled = replace(CONTENT, cells=dict(sorted(CONTENT.cells.items(), reverse=True)))
    publish_file(CONTENT, tmp_path / "one.sqlite", _no_check)
    publish_file(shuffled, tmp_path / "two.sqlite", _no_check)

    assert (tmp_path / "one.sqlite").read_bytes() == (tmp_path / "two.sqlite").read_bytes()


def test_a_new_release_takes_the_place_of_the_old(out: Path) -> None:
    publish_file(NEW, out, _no_check)

    assert _name(out) == "starter-2026.12"


def test_a_reader_of_the_old_release_is_not_disturbed(out: Path) -> None:
    reader = SqliteAreas(out)
    before = reader.areas([KRUGER]).records

    publish_file(replace(NEW, records=CONTENT.records[::-1]), out, _no_check)

    assert reader.areas([KRUGER]).records == before
    reader.close()


def test_a_release_that_fails_its_check_is_never_seen(out: Path) -> None:
    def fail(partial: Path) -> None:
        assert _name(partial) == "starter-2026.12"
        raise CheckFailed("no")

    with pytest.raises(CheckFailed):
        publish_file(NEW, out, fail)
    assert _name(out) == "starter-2026.11"
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        publish_file(CONTENT, tmp_path / "none" / "atlas.sqlite", _no_check)


def _large() -> ReleaseContent:
    noise = Path("/dev/urandom")
    with noise.open("rb") as file:
        return replace(NEW, ranges={id_: file.read(300_000) for id_ in CONTENT.ranges})


def test_a_full_disk_leaves_the_old_release_and_nothing_else(out: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(OSError, match="cannot be written"):
            publish_file(_large(), out, _no_check)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert _name(out) == "starter-2026.11"
    assert list(out.parent.iterdir()) == [out]


KILLED = """
import os, signal, sys
from pathlib import Path
from releases import CONTENT
from fieldmark.atlas.publish import publish_file
publish_file(CONTENT, Path(sys.argv[1]), lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


def _kill_while_publishing(out: Path) -> None:
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(out)], cwd=tests, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL


def test_a_kill_leaves_the_old_release(out: Path) -> None:
    publish_file(NEW, out, _no_check)

    _kill_while_publishing(out)

    assert _name(out) == "starter-2026.12"


def test_a_kill_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    _kill_while_publishing(tmp_path / "atlas.sqlite")

    assert not (tmp_path / "atlas.sqlite").exists()


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    out = tmp_path / "atlas.sqlite"
    _kill_while_publishing(out)
    assert [path.name[:22] for path in tmp_path.iterdir()] == [".atlas.sqlite.partial-"]

    publish_file(CONTENT, out, _no_check)

    assert list(tmp_path.iterdir()) == [out]


def test_a_run_beside_another_does_not_remove_its_file(tmp_path: Path) -> None:
    out = tmp_path / "atlas.sqlite"

    def second(partial: Path) -> None:
        publish_file(NEW, out, _no_check)
        assert partial.exists()

    publish_file(CONTENT, out, second)

    assert _name(out) == "starter-2026.11"
