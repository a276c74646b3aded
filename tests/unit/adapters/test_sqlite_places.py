"""A gazetteer file that cannot serve says what is wrong; one that can is never read whole."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark import compose
from fieldmark.adapters import sqlite_places
from fieldmark.adapters.sqlite_places import SqlitePlaces
from fieldmark.errors import GazetteerBroken, SetupError


def _refusal(path: Path) -> str:
    places = SqlitePlaces(path)
    with pytest.raises(GazetteerBroken) as caught:
        places.find("kenya", 1)
    places.close()
    return str(caught.value)


def test_a_broken_gazetteer_is_an_error_of_the_set_up() -> None:
    assert issubclass(GazetteerBroken, SetupError)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path / "none.sqlite")

    assert "there is no gazetteer file" in refusal
    assert "none.sqlite" in refusal


def test_a_folder_is_no_gazetteer(tmp_path: Path) -> None:
    assert "there is no gazetteer file" in _refusal(tmp_path)


def test_a_file_of_another_kind_is_no_gazetteer(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(4096))

    assert "cannot be read" in _refusal(path)


def test_an_atlas_is_no_gazetteer() -> None:
    assert "no gazetteer of format version" in _refusal(compose.STARTER_ATLAS)


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    shutil.copy(compose.PLACES, path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    assert "no gazetteer of format version" in _refusal(path)


def test_a_truncated_file_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    path.write_bytes(compose.PLACES.read_bytes()[:20_000])

    assert "cannot be read" in _refusal(path)


@pytest.mark.parametrize("statement", ["_FIND", "_PLACES"])
def test_no_look_up_scans_a_table(statement: str) -> None:
    connection = sqlite3.connect(f"file:{compose.PLACES}?mode=ro&immutable=1", uri=True)
    asked = {"text": "ken", "after": "ken\U0010ffff", "limit": 8, "ids": "[1]"}
    plan = connection.execute(
        "EXPLAIN QUERY PLAN " + getattr(sqlite_places, statement), asked
    ).fetchall()
    connection.close()

    steps = [step[3] for step in plan]
    assert [step for step in steps if step.startswith("SCAN") and "wanted" not in step] == []
    assert any(step.startswith("SEARCH") for step in steps)


@given(st.text(max_size=110), st.integers(-3, 50))
def test_any_text_is_answered_with_at_most_as_many_places(text: str, limit: int) -> None:
    places = SqlitePlaces(compose.PLACES)

    found = places.find(text, limit)

    places.close()
    assert len(found) <= max(0, limit)
