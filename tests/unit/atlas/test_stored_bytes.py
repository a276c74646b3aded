"""Pieces in a file are a sequence like any other, and leave nothing behind."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.stored_bytes import StoredBytes


@given(st.lists(st.binary(max_size=40)), st.slices(10))
def test_they_are_what_a_list_of_them_is(records: list[bytes], part: slice) -> None:
    stored = StoredBytes(records)

    assert list(stored) == records
    assert len(stored) == len(records)
    assert list(stored[part]) == records[part]
    assert [stored[n] for n in range(-len(records), len(records))] == records * 2
    assert stored == records
    assert stored != [*records, b""]


@pytest.mark.parametrize("number", [2, -3])
def test_there_is_none_beyond_the_last(number: int) -> None:
    with pytest.raises(IndexError):
        StoredBytes([b"a", b"b"])[number]


def test_one_that_differs_makes_others_of_them() -> None:
    assert StoredBytes([b"a", b"b"]) != StoredBytes([b"a", b"c"])


def test_the_file_has_no_name(tmp_path: Path) -> None:
    stored = StoredBytes([b"a" * 100_000], tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert stored[0] == b"a" * 100_000
