"""A release file that cannot serve says what is wrong and what to do."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.publish import publish_file
from fieldmark.errors import AtlasBroken
from releases import CONTENT, KRUGER


@pytest.fixture
def release(tmp_path: Path) -> Path:
    publish_file(CONTENT, tmp_path / "atlas.sqlite", check=lambda _: None)
    return tmp_path / "atlas.sqlite"


def _refusal(path: Path) -> str:
    store = SqliteAreas(path)
    with pytest.raises(AtlasBroken) as caught:
        store.areas([KRUGER])
    store.close()
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path / "none.sqlite")

    assert "there is no atlas file" in refusal
    assert "none.sqlite" in refusal
    assert "FIELDMARK_ATLAS" in refusal


def test_a_folder_is_no_release(tmp_path: Path) -> None:
    assert "there is no atlas file" in _refusal(tmp_path)


def test_a_file_of_another_kind_is_no_release(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(4096))

    assert "cannot be read" in _refusal(path)


def test_an_empty_file_is_no_release(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    path.touch()

    assert "no atlas release" in _refusal(path)


def test_a_foreign_database_is_no_release(tmp_path: Path) -> None:
    path = tmp_path / "foreign.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE family (parent INTEGER PRIMARY KEY, packed BLOB)")
    connection.close()

    assert "no atlas release" in _refusal(path)


def test_a_release_of_another_version_says_which(release: Path) -> None:
    connection = sqlite3.connect(release)
    connection.execute("PRAGMA user_version = 7")
    connection.close()

    assert "format version 7, this program reads 1" in _refusal(release)


def test_a_release_cut_short_is_broken(release: Path) -> None:
    whole = release.read_bytes()
    release.write_bytes(whole[: len(whole) // 2])

    assert "cannot be read" in _refusal(release)


def test_a_damaged_family_is_detected(release: Path) -> None:
    connection = sqlite3.connect(release)
    ((packed,),) = connection.execute("SELECT max(packed) FROM family")
    damaged = packed[:-1] + bytes((packed[-1] ^ 1,))
    connection.execute("UPDATE family SET packed = ?", (damaged,))
    connection.commit()
    connection.close()

    assert "checksum" in _refusal(release)


def test_a_path_with_url_characters_is_opened(release: Path, tmp_path: Path) -> None:
    odd = tmp_path / "100% atlas?#&.sqlite"
    shutil.copy(release, odd)
    store = SqliteAreas(odd)

    assert KRUGER in store.areas([KRUGER]).records
    store.close()


def test_opening_leaves_no_trace_beside_the_file(release: Path) -> None:
    store = SqliteAreas(release)
    store.areas([KRUGER])
    store.close()

    assert [path.name for path in release.parent.iterdir()] == ["atlas.sqlite"]


def test_a_closed_store_opens_again_when_it_is_asked(release: Path) -> None:
    store = SqliteAreas(release)
    store.close()

    assert KRUGER in store.areas([KRUGER]).records
    store.close()
