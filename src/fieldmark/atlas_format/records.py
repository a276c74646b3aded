"""The packed record of a cell.

For ``T`` taxa and ``P`` distinct years (most taxa of a place share one: all year or nothing) the
body is: taxon ids ``[T]`` int32 ascending, best ``[T]`` uint16, year index ``[T]`` uint16, years
``[P, 12]`` uint16, then, where flagged, records ``[T, 12]`` and effort ``[12]`` uint32. Occurrence
counts in steps of 1/60,000, so that the round shares people write (a half, 0.15) are exact. A
record is not deflated: reading it costs a few views into its bytes; ``families`` saves the space.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format.envelope import COUNTS_AT, check, seal
from fieldmark.domain.area import MONTHS, CellRecord
from fieldmark.errors import AtlasBroken

__all__ = ["MAX_COUNT", "MAX_TAXA", "QUANTA", "pack_record", "unpack_record"]

QUANTA: Final = 60_000
"""Steps of occurrence between 0 and 1: a multiple of 2, 3, 4, 5 and 100 that fits 16 bits."""

MAX_TAXA: Final = 50_000
"""Per record: four times the birds of the world; 5.6 MB unpacked, with counts."""

MAX_COUNT: Final = 2**32 - 1

_MAGIC: Final = 0xFA
_HAS_RECORDS: Final = 2
_HAS_EFFORT: Final = 4
_COUNTS: Final = struct.Struct("<HH")
_BODY_AT: Final = COUNTS_AT + _COUNTS.size


def pack_record(record: CellRecord) -> bytes:
    """Return the record in packed form; what is finer than 1/60,000 is rounded.

    Raises:
        ValueError: shapes that differ, ids that do not ascend, an occurrence outside 0 to 1, a
            count below 0 or above ``MAX_COUNT``, or more than ``MAX_TAXA`` taxa.
    """
    _require_shapes(record)
    years, index = _distinct(_quanta(record.occurrence))
    parts = [record.taxon_ids.astype("<i4"), _quanta(record.best), index, years]
    flags = 0
    if record.records is not None:
        parts.append(_counts(record.records))
        flags |= _HAS_RECORDS
    if record.effort is not None:
        parts.append(_counts(record.effort))
        flags |= _HAS_EFFORT
    body = b"".join(part.tobytes() for part in parts)
    return seal(_MAGIC, flags, _COUNTS.pack(record.taxon_ids.size, len(years)) + body)


def unpack_record(packed: bytes) -> CellRecord:
    """Return the record of its packed form.

    Raises:
        AtlasBroken: the bytes are no record, of another version, damaged or out of bounds.
    """
    flags = check(packed, _MAGIC, _COUNTS.size)
    taxa, patterns = _COUNTS.unpack_from(packed, COUNTS_AT)
    if taxa > MAX_TAXA or patterns > taxa:
        raise AtlasBroken(f"a packed record states {taxa} taxa and {patterns} years")
    years_end = 8 * taxa + 2 * MONTHS * patterns
    counts_end = years_end + (4 * MONTHS * taxa if flags & _HAS_RECORDS else 0)
    size = counts_end + (4 * MONTHS if flags & _HAS_EFFORT else 0)
    if len(packed) != _BODY_AT + size:
        raise AtlasBroken(f"a packed record states {size} bytes and holds {len(packed) - _BODY_AT}")
    body = memoryview(packed)[_BODY_AT:]
    ids = np.frombuffer(body, "<i4", taxa)
    best, index = np.frombuffer(body, "<u2", 2 * taxa, 4 * taxa).reshape(2, taxa)
    years = np.frombuffer(body, "<u2", MONTHS * patterns, 8 * taxa).reshape(patterns, MONTHS)
    _require_sound(ids, best, index, years)
    return CellRecord(
        taxon_ids=ids,
        occurrence=_shares(years.take(index, axis=0) if taxa else years),
        best=_shares(best),
        records=_table(body, years_end, taxa) if flags & _HAS_RECORDS else None,
        effort=_table(body, counts_end, 1)[0] if flags & _HAS_EFFORT else None,
    )


def _require_shapes(record: CellRecord) -> None:
    ids, taxa = record.taxon_ids, record.taxon_ids.size
    fits = (
        ids.shape == record.best.shape == (taxa,)
        and record.occurrence.shape == (taxa, MONTHS)
        and (record.records is None or record.records.shape == (taxa, MONTHS))
        and (record.effort is None or record.effort.shape == (MONTHS,))
    )
    if not fits:
        raise ValueError(f"a record of {taxa} taxa has parts of other shapes")
    if taxa > MAX_TAXA:
        raise ValueError(f"{taxa} taxa in one record; {MAX_TAXA} are the most")
    if (ids[1:] <= ids[:-1]).any():
        raise ValueError("the taxon ids of a record must ascend")


def _distinct(quanta: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return the distinct years ``[P, 12]``, fullest first, and which one each taxon has.

    The fullest year, common in all months, is by far the most frequent: as number 0 in every record
    it lets neighbouring records deflate to next to nothing.
    """
    if not len(quanta):
        return quanta, np.zeros(0, dtype="<u2")
    years, index = np.unique(quanta, axis=0, return_inverse=True)
    return years[::-1], (len(years) - 1 - index.reshape(-1)).astype("<u2")


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
    index: NDArray[np.uint16],
    years: NDArray[np.uint16],
) -> None:
    """Refuse what a good checksum lets pass: a writer's fault, or the work of a hostile one."""
    if ids.size and (
        (ids[1:] <= ids[:-1]).any()
        or index.max() >= len(years)
        or max(best.max(), years.max()) > QUANTA
    ):
        raise AtlasBroken("a packed record holds ids, years or shares that cannot be")
