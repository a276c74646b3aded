"""The packed record: exact to its quantisation, and never mistaken for what it is not."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.atlas_format import FORMAT_VERSION, QUANTA, pack_record, unpack_record
from fieldmark.atlas_format.records import MAX_COUNT, MAX_TAXA
from fieldmark.domain.area import CellRecord
from fieldmark.errors import AtlasBroken


@st.composite
def records(draw: st.DrawFn) -> CellRecord:
    """Records as a builder may write them: occurrence in whole quanta."""
    ids = draw(st.lists(st.integers(1, 2**31 - 1), max_size=40, unique=True))
    taxa = len(ids)
    quanta = st.lists(st.integers(0, QUANTA), min_size=12, max_size=12)
    years = draw(st.lists(quanta, min_size=1, max_size=3))
    occurrence = [draw(st.sampled_from(years)) for _ in ids]
    best = draw(st.lists(st.integers(0, QUANTA), min_size=taxa, max_size=taxa))
    counts = st.lists(st.integers(0, MAX_COUNT), min_size=12, max_size=12)
    counted = draw(st.none() | st.lists(counts, min_size=taxa, max_size=taxa))
    effort = draw(st.none() | counts)
    return CellRecord(
        np.array(sorted(ids), dtype=np.int32),
        (np.array(occurrence).reshape(taxa, 12) / QUANTA).astype(np.float32),
        (np.array(best) / QUANTA).astype(np.float32),
        None if counted is None else np.array(counted, dtype=np.int64).reshape(taxa, 12),
        None if effort is None else np.array(effort, dtype=np.int64),
    )


def _same(one: NDArray[np.int64] | None, other: NDArray[np.int64] | None) -> bool:
    return one is other is None or np.array_equal(np.asarray(one), np.asarray(other))


@given(records())
def test_what_was_packed_comes_back(record: CellRecord) -> None:
    back = unpack_record(pack_record(record))

    assert np.array_equal(back.taxon_ids, record.taxon_ids)
    assert np.array_equal(back.occurrence, record.occurrence)
    assert np.array_equal(back.best, record.best)
    assert _same(back.records, record.records)
    assert _same(back.effort, record.effort)
    assert [part.dtype for part in (back.taxon_ids, back.best)] == [np.int32, np.float32]


@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=12, max_size=12))
def test_occurrence_is_rounded_to_the_nearest_quantum(months: list[float]) -> None:
    record = CellRecord(
        np.array([7], dtype=np.int32),
        np.array([months], dtype=np.float32),
        np.ones(1, dtype=np.float32),
    )

    back = unpack_record(pack_record(record)).occurrence

    assert np.abs(back - record.occurrence).max() <= 0.5 / QUANTA + 1e-7


@given(records(), st.data())
def test_any_changed_byte_is_detected(record: CellRecord, data: st.DataObject) -> None:
    packed = bytearray(pack_record(record))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(AtlasBroken):
        unpack_record(bytes(packed))


@given(records(), st.data())
def test_a_record_cut_short_is_detected(record: CellRecord, data: st.DataObject) -> None:
    packed = pack_record(record)

    with pytest.raises(AtlasBroken):
        unpack_record(packed[: data.draw(st.integers(0, len(packed) - 1))])


@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_record(foreign: bytes) -> None:
    with pytest.raises(AtlasBroken):
        unpack_record(foreign)


def _sealed(content: bytes, version: int = FORMAT_VERSION) -> bytes:
    """Return what someone hostile sends: the checksum is right and the content is not."""
    start = bytes((0xFA, version, 0, 0))
    return start + zlib.crc32(content, zlib.crc32(start)).to_bytes(4, "little") + content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xff\xff\xff", "states 65535 taxa"),
        (b"\x01\x00\x02\x00" + bytes(7), "states 1 taxa and 2 years"),
        (b"\x01\x00\x01\x00" + bytes(30), "states"),
        (b"\x01\x00\x01\x00" + bytes(6) + b"\x01" + bytes(24), "cannot be"),
        (b"\x01\x00\x01\x00" + bytes(7) + b"\xff\xff" * 12, "cannot be"),
        (b"\x02\x00\x01\x00" + bytes(12) + bytes(2) + bytes(24), "cannot be"),
    ],
    ids=["too many taxa", "more years than taxa", "short", "no such year", "above 1", "same id"],
)
def test_a_hostile_record_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(AtlasBroken, match=why):
        unpack_record(_sealed(content))


def test_another_version_is_named() -> None:
    with pytest.raises(AtlasBroken, match="version 9; 1 is read here"):
        unpack_record(_sealed(bytes(4), version=9))


def _record(**parts: NDArray[np.generic]) -> CellRecord:
    whole: dict[str, NDArray[np.generic]] = {
        "taxon_ids": np.array([1, 2], dtype=np.int32),
        "occurrence": np.zeros((2, 12), dtype=np.float32),
        "best": np.zeros(2, dtype=np.float32),
    }
    return CellRecord(**(whole | parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (_record(taxon_ids=np.array([2, 1], dtype=np.int32)), "ascend"),
        (_record(taxon_ids=np.array([1, 1], dtype=np.int32)), "ascend"),
        (_record(best=np.zeros(3, dtype=np.float32)), "other shapes"),
        (_record(occurrence=np.zeros((2, 11), dtype=np.float32)), "other shapes"),
        (_record(occurrence=np.full((2, 12), 1.1, dtype=np.float32)), "between 0 and 1"),
        (_record(occurrence=np.full((2, 12), np.nan, dtype=np.float32)), "between 0 and 1"),
        (_record(records=np.full((2, 12), -1, dtype=np.int64)), "count"),
        (_record(effort=np.full(12, 2**32, dtype=np.int64)), "count"),
    ],
)
def test_a_record_that_cannot_be_is_not_packed(record: CellRecord, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        pack_record(record)


def test_a_record_of_too_many_taxa_is_not_packed() -> None:
    many = MAX_TAXA + 1
    record = _record(
        taxon_ids=np.arange(many, dtype=np.int32),
        occurrence=np.zeros((many, 12), dtype=np.float32),
        best=np.zeros(many, dtype=np.float32),
    )

    with pytest.raises(ValueError, match="50000 are the most"):
        pack_record(record)


def test_more_than_256_years_still_come_back() -> None:
    occurrence = (np.arange(300 * 12).reshape(300, 12) / QUANTA).astype(np.float32)
    record = CellRecord(np.arange(300, dtype=np.int32), occurrence, np.ones(300, dtype=np.float32))

    assert np.array_equal(unpack_record(pack_record(record)).occurrence, occurrence)
