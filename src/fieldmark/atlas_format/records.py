"""The packed record of a cell.

For ``T`` taxa and ``P`` distinct years (most taxa of a place share one: all year or nothing) the
body is: ``T`` times taxon id int32, ascending, and best uint16; year index ``[T]``, uint8 where it
fits, else uint16; years ``[P, 12]`` uint16; then, where flagged, records ``[T, 12]`` and effort
``[12]`` uint32. Occurrence counts in steps of 1/60,000, so that the round shares people write (a
half, 0.15) are exact. A record is not deflated: reading it costs a few views into its bytes. Its
layout is the one, of a dozen tried, that deflates best in ``families``.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format.envelope import COUNTS_AT, check, seal
from fieldmark.domain.area import MONTHS, CellRecord
from fieldmark.errors import AtlasBroken

__all__ = [
    "MAX_COUNT",
    "MAX_TAXA",
    "QUANTA",
    "RECORD_MAGIC",
    "pack_record",
    "record_size",
    "unpack_record",
]

QUANTA: Final = 60_000
"""Steps of occurrence between 0 and 1: a multiple of 2, 3, 4, 5 and 100 that fits 16 bits."""

MAX_TAXA: Final = 50_000
"""Per record: four times the birds of the world; 5.6 MB unpacked, with counts."""

MAX_COUNT: Final = 2**32 - 1

RECORD_MAGIC: Final = 0xFA
_HAS_RECORDS: Final = 2
_HAS_EFFORT: Final = 4
_COUNTS: Final = struct.Struct("<HH")
_ENTRY: Final = np.dtype([("taxon_id", "<i4"), ("best", "<u2")])
_COUNTS_SIZE: Final = _COUNTS.size
_ENTRY_SIZE: Final = _ENTRY.itemsize
_NARROW: Final = np.dtype("<u1")
_NARROW_YEARS: Final = 1 << 8
_WIDE: Final = np.dtype("<u2")
_YEAR_SIZE: Final = 2 * MONTHS
_TABLE_ROW_SIZE: Final = 4 * MONTHS


def pack_record(record: CellRecord) -> bytes:
    """Return the record in packed form; what is finer than 1/60,000 is rounded.

    Raises:
        ValueError: shapes that differ, ids that do not ascend, an occurrence outside 0 to 1, a
            count below 0 or above ``MAX_COUNT``, or more than ``MAX_TAXA`` taxa.
    """
    return pack_rows(
        record.taxon_ids,
        _quanta(record.occurrence),
        _quanta(record.best),
        None if record.records is None else _counts(record.records),
        None if record.effort is None else _counts(record.effort),
    )


def pack_rows(
    taxon_ids: NDArray[np.int32],
    months: NDArray[np.uint16],
    best: NDArray[np.uint16],
    records: NDArray[np.uint32] | None,
    effort: NDArray[np.uint32] | None,
) -> bytes:
    """Return a record in packed form whose occurrence is in quanta already.

    Raises:
        ValueError: shapes or types that differ, ids that do not ascend, an occurrence above 1, or
            more than ``MAX_TAXA`` taxa.
    """
    _require_rows(taxon_ids, months, best, records, effort)
    years, index = _distinct(months)
    entries = np.empty(taxon_ids.size, dtype=_ENTRY)
    entries["taxon_id"], entries["best"] = taxon_ids, best
    parts = [
        _COUNTS.pack(entries.size, len(years)),
        entries.tobytes(),
        index.astype(_index_type(len(years))).tobytes(),
        years.astype("<u2", copy=False).tobytes(),
    ]
    flags = 0
    if records is not None:
        parts.append(records.astype("<u4", copy=False).tobytes())
        flags |= _HAS_RECORDS
    if effort is not None:
        parts.append(effort.astype("<u4", copy=False).tobytes())
        flags |= _HAS_EFFORT
    return seal(RECORD_MAGIC, flags, b"".join(parts))


def unpack_record(packed: bytes) -> CellRecord:
    """Return the record of its packed form.

    Raises:
        AtlasBroken: the bytes are no record, of another version, damaged or out of bounds.
    """
    flags = check(packed, RECORD_MAGIC, _COUNTS.size)
    taxa, patterns = _COUNTS.unpack_from(packed, COUNTS_AT)
    if taxa > MAX_TAXA or patterns > taxa:
        raise AtlasBroken(f"a packed record states {taxa} taxa and {patterns} years")
    index_at, years_at, records_at, effort_at, end = _layout(flags, taxa, patterns)
    if len(packed) != COUNTS_AT + end:
        raise AtlasBroken(f"a packed record states {end} bytes and has {len(packed) - COUNTS_AT}")
    body = memoryview(packed)[COUNTS_AT:]
    entries = np.frombuffer(body, _ENTRY, taxa, _COUNTS.size)
    ids, best = np.ascontiguousarray(entries["taxon_id"]), entries["best"]
    index = np.frombuffer(body, _index_type(patterns), taxa, index_at)
    years = np.frombuffer(body, "<u2", MONTHS * patterns, years_at).reshape(patterns, MONTHS)
    _require_sound(ids, best, index, years)
    return CellRecord(
        taxon_ids=ids,
        occurrence=_shares(years.take(index, axis=0) if taxa else years),
        best=_shares(best),
        records=_table(body, records_at, taxa) if flags & _HAS_RECORDS else None,
        effort=_table(body, effort_at, 1)[0] if flags & _HAS_EFFORT else None,
    )


def record_size(content: bytes, start: int, flags: int) -> int:
    """Return the size of the content of a record that starts there with its counts.

    Raises:
        AtlasBroken: the counts themselves are cut short.
    """
    try:
        counts: tuple[int, int] = _COUNTS.unpack_from(content, start)
    except struct.error as error:
        raise AtlasBroken("a packed record is cut short") from error
    taxa, patterns = counts
    size = _COUNTS_SIZE + (_ENTRY_SIZE + (2 if patterns > _NARROW_YEARS else 1)) * taxa
    tables = taxa * bool(flags & _HAS_RECORDS) + bool(flags & _HAS_EFFORT)
    return size + _YEAR_SIZE * patterns + _TABLE_ROW_SIZE * tables


def _layout(flags: int, taxa: int, patterns: int) -> tuple[int, int, int, int, int]:
    """Return where index, years, records and effort begin and all ends, from the counts on."""
    index_at = _COUNTS.size + _ENTRY.itemsize * taxa
    years_at = index_at + _index_type(patterns).itemsize * taxa
    records_at = years_at + _YEAR_SIZE * patterns
    effort_at = records_at + (_TABLE_ROW_SIZE * taxa if flags & _HAS_RECORDS else 0)
    end = effort_at + (_TABLE_ROW_SIZE if flags & _HAS_EFFORT else 0)
    return index_at, years_at, records_at, effort_at, end


def _index_type(years: int) -> "np.dtype[np.unsignedinteger]":
    return _NARROW if years <= _NARROW_YEARS else _WIDE


def _require_rows(
    ids: NDArray[np.int32],
    months: NDArray[np.uint16],
    best: NDArray[np.uint16],
    records: NDArray[np.uint32] | None,
    effort: NDArray[np.uint32] | None,
) -> None:
    taxa = ids.size
    fits = (
        ids.shape == best.shape == (taxa,)
        and months.shape == (taxa, MONTHS)
        and (records is None or records.shape == (taxa, MONTHS))
        and (effort is None or effort.shape == (MONTHS,))
    )
    if not fits:
        raise ValueError(f"a record of {taxa} taxa has parts of other shapes")
    if taxa > MAX_TAXA:
        raise ValueError(f"{taxa} taxa in one record; {MAX_TAXA} are the most")
    if (ids[1:] <= ids[:-1]).any():
        raise ValueError("the taxon ids of a record must ascend")
    if taxa and max(months.max(), best.max()) > QUANTA:
        raise ValueError("occurrence must lie between 0 and 1")
    if not (
        months.dtype == best.dtype == np.uint16
        and all(table is None or table.dtype == np.uint32 for table in (records, effort))
    ):
        raise ValueError("quanta have 16 bits without a sign, counts 32")


def _distinct(quanta: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.intp]]:
    """Return the distinct years ``[P, 12]``, fullest first, and which one each taxon has.

    The fullest year, common in all months, is by far the most frequent: as number 0 in every record
    it lets neighbouring records deflate to next to nothing.
    """
    keys = quanta.astype(">u2").view(">u8").astype(np.uint64)  # four months each, January highest
    order = np.lexsort(keys.T[::-1])[::-1]
    ordered = keys[order]
    new = np.ones(order.size, dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    index = np.empty(order.size, dtype=np.intp)
    index[order] = np.cumsum(new) - 1
    return quanta[order[new]], index


def _quanta(shares: NDArray[np.float32]) -> NDArray[np.uint16]:
    steps = np.rint(shares.astype(np.float64) * QUANTA)
    if not ((steps >= 0) & (steps <= QUANTA)).all():
        raise ValueError("occurrence must lie between 0 and 1")
    return steps.astype("<u2")


def _shares(quanta: NDArray[np.uint16]) -> NDArray[np.float32]:
    return np.divide(quanta, QUANTA, dtype=np.float32)


def _counts(counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    if counts.size and not (counts.min() >= 0 and counts.max() <= MAX_COUNT):
        raise ValueError(f"a count must lie between 0 and {MAX_COUNT}")
    return counts.astype("<u4")


def _table(body: memoryview, start: int, rows: int) -> NDArray[np.int64]:
    return np.frombuffer(body, "<u4", rows * MONTHS, start).reshape(rows, MONTHS).astype(np.int64)


def _require_sound(
    ids: NDArray[np.int32],
    best: NDArray[np.uint16],
    index: NDArray[np.unsignedinteger],
    years: NDArray[np.uint16],
) -> None:
    """Refuse what a good checksum lets pass: a writer's fault, or the work of a hostile one."""
    if ids.size and (
        (ids[1:] <= ids[:-1]).any()
        or index.max() >= len(years)
        or max(best.max(), years.max()) > QUANTA
    ):
        raise AtlasBroken("a packed record holds ids, years or shares that cannot be")
