"""Entries of a cache: sound under their own key, or nothing at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fieldmark.adapters.cache_entry import MAX_VALUE_BYTES, Entry, pack, unpack

ENTRIES = some.builds(
    Entry,
    some.none() | some.binary(max_size=200),
    some.floats(allow_nan=False),
    some.floats(allow_nan=False),
    some.booleans(),
)
GOOD = Entry(b"a record", 1_000.0, 2_000.0)


@given(ENTRIES, some.text(max_size=40))
def test_an_entry_comes_back_as_it_was(entry: Entry, key: str) -> None:
    assert unpack(pack(entry, key), key) == entry


@given(ENTRIES, some.text(max_size=20), some.text(max_size=20))
def test_an_entry_counts_under_its_own_key_alone(entry: Entry, key: str, other: str) -> None:
    assert key == other or unpack(pack(entry, key), other) is None


@given(some.binary(max_size=100))
def test_foreign_bytes_are_no_entry(value: bytes) -> None:
    assert unpack(value, "key") is None


@given(some.data())
def test_an_entry_with_a_changed_bit_is_none(data: some.DataObject) -> None:
    value = bytearray(pack(GOOD, "key"))
    bit = data.draw(some.integers(0, 8 * len(value) - 1))
    value[bit // 8] ^= 1 << bit % 8

    assert unpack(bytes(value), "key") is None


@pytest.mark.parametrize("cut", range(24))
def test_an_entry_that_is_cut_short_is_none(cut: int) -> None:
    assert unpack(pack(GOOD, "key")[:cut], "key") is None


def test_what_is_absent_differs_from_what_is_empty() -> None:
    absent = unpack(pack(GOOD._replace(body=None), "key"), "key")
    empty = unpack(pack(GOOD._replace(body=b""), "key"), "key")

    assert absent is not None
    assert absent.body is None
    assert empty is not None
    assert empty.body == b""


def test_an_entry_larger_than_any_may_be_is_none() -> None:
    assert unpack(pack(GOOD._replace(body=bytes(MAX_VALUE_BYTES)), "key"), "key") is None
