"""Families: each cell has its place, the records come back, damage does not pass."""

import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import COUGAR, JAGUAR, LION, cell_record
from fieldmark.atlas_format import (
    cell_at,
    dictionary_of,
    family_of,
    pack_family,
    pack_record,
    siblings_of,
    unpack_family,
)
from fieldmark.atlas_format.envelope import deflate, seal
from fieldmark.errors import AtlasBroken

RECORDS = [
    pack_record(cell_record({LION: 1.0})),
    pack_record(cell_record({LION: 0.5, JAGUAR: 1.0})),
    pack_record(cell_record({COUGAR: [1.0] * 6 + [0.0] * 6})),
]
DICTIONARY = dictionary_of(RECORDS, [0, 0, 1, 2])

families = st.dictionaries(st.integers(0, 7), st.sampled_from(RECORDS), min_size=1)


@given(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.integers(0, 6))
def test_a_cell_is_kept_under_its_parent(latitude: float, longitude: float, level: int) -> None:
    cell = h3.latlng_to_cell(latitude, longitude, level)

    parent, place = family_of(cell)

    assert parent == (h3.cell_to_parent(cell, level - 1) if level else cell)
    assert place in (range(7) if level else (7,))
    assert cell_at(parent, place) == cell


@given(families)
def test_the_records_of_a_family_come_back(records: dict[int, bytes]) -> None:
    assert unpack_family(pack_family(records, DICTIONARY), DICTIONARY) == records


@given(families, st.data())
def test_any_changed_byte_is_detected(records: dict[int, bytes], data: st.DataObject) -> None:
    packed = bytearray(pack_family(records, DICTIONARY))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(AtlasBroken):
        unpack_family(bytes(packed), DICTIONARY)


@given(families, st.data())
def test_a_family_cut_short_is_detected(records: dict[int, bytes], data: st.DataObject) -> None:
    packed = pack_family(records, DICTIONARY)

    with pytest.raises(AtlasBroken):
        unpack_family(packed[: data.draw(st.integers(0, len(packed) - 1))], DICTIONARY)


def test_siblings_are_the_children_of_the_finest_cells_parents() -> None:
    cell = h3.latlng_to_cell(-24.99, 31.55, 4)
    parent = h3.cell_to_parent(cell)

    assert set(siblings_of([cell, parent])) == set(h3.cell_to_children(parent))
    assert siblings_of([h3.cell_to_parent(cell, 0)]) == siblings_of([]) == []


def test_a_shared_record_is_kept_once() -> None:
    alone = pack_family({0: RECORDS[1]}, b"")
    shared = pack_family(dict.fromkeys(range(7), RECORDS[1]), b"")

    assert len(shared) <= len(alone) + 7


def _family(body: bytes, size: int | None = None) -> bytes:
    stated = len(body) if size is None else size
    return seal(0xFC, 0, stated.to_bytes(4, "little") + deflate(body))


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (_family(bytes(9), size=2**26), "out of bounds"),
        (_family(bytes(2**16), size=100), "states 100 bytes"),
        (_family(bytes(8) + b"\x00"), "lacks a record"),
        (_family(bytes(8) + b"\x01"), "does not add up|cut short"),
        (_family(bytes(8) + b"\x01\x00" + b"\xff\xff\xff\xff"), "does not add up"),
        (_family(bytes(8) + b"\x01\x00" + bytes(5)), "does not add up"),
    ],
    ids=["states too much", "is a bomb", "points nowhere", "has no record", "huge", "left over"],
)
def test_a_hostile_family_is_refused(packed: bytes, why: str) -> None:
    with pytest.raises(AtlasBroken, match=why):
        unpack_family(packed, b"")


def test_a_release_without_records_has_an_empty_dictionary() -> None:
    assert dictionary_of([], []) == b""
