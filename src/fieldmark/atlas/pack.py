"""From the rows of a release to its content: packed, each record once."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.rows import ReleaseRows
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA, pack_range, pack_record
from fieldmark.domain.area import MONTHS, CellRecord, Release

__all__ = ["CellEffort", "pack"]

_MONTH_BITS: Final = 1 << np.arange(MONTHS, dtype=np.int16)
_MAX_COUNT: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, eq=False)
class CellEffort:
    """How often anybody looked: ``cells`` ``[n]`` ascend; ``visits`` ``[n, 12]``.

    They are the cells that the release has a record of, base and coarser. A record that lists
    nothing says that somebody looked there, or all around, and found none of its taxa.
    """

    cells: NDArray[np.int64]
    visits: NDArray[np.int64]


def pack(
    rows: Iterable[ReleaseRows], release: Release, taxa: Taxa, effort: CellEffort | None = None
) -> ReleaseContent:
    """Return the content of the release; its taxa are those that occur somewhere.

    Records are numbered in the order in which their cells ascend.

    Args:
        rows: batches that ascend by cell and taxon over all of them.
        release: what the content says of itself.
        taxa: those of the rows, and more.
        effort: None where the release is not made of records; then none is counted.
    """
    numbers: dict[bytes, int] = {}
    records: list[bytes] = []
    cells = {}
    ranges = _Ranges(release)
    for cell, part, visits in _with_effort(_by_cell(rows), effort):
        content = _digest(part, visits)
        if content not in numbers:
            numbers[content] = len(records)
            records.append(pack_record(_record(part, visits)))
        cells[cell] = numbers[content]
        if part is not None:
            ranges.add(part)
    return ReleaseContent(
        release=release,
        taxa=[taxa.by_id[id_] for id_ in release.known.tolist()],
        records=records,
        cells=cells,
        ranges=dict(ranges.packed()),
    )


def _by_cell(rows: Iterable[ReleaseRows]) -> Iterator[ReleaseRows]:
    """Yield the rows of each cell, those of one that two batches share together."""
    kept: ReleaseRows | None = None
    for batch in rows:
        held = batch if kept is None else ReleaseRows.joined([kept, batch])
        starts = np.flatnonzero(np.diff(held.cell, prepend=-1))
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            yield held.part(slice(start, end))
        kept = held.part(slice(int(starts[-1]), None)) if starts.size else None
    if kept is not None:
        yield kept


def _with_effort(
    by_cell: Iterator[ReleaseRows], effort: CellEffort | None
) -> Iterator[tuple[int, ReleaseRows | None, NDArray[np.int64] | None]]:
    """Yield each cell with its rows and its effort; those without rows too, where effort is known.

    Raises:
        ValueError: there are rows of a cell whose effort is not known.
    """
    if effort is None:
        yield from ((int(part.cell[0]), part, None) for part in by_cell)
        return
    part = next(by_cell, None)
    for cell, visits in zip(effort.cells.tolist(), effort.visits, strict=True):
        mine = part if part is not None and int(part.cell[0]) == cell else None
        yield cell, mine, visits
        if mine is not None:
            part = next(by_cell, None)
    if part is not None:
        raise ValueError(f"cell {int(part.cell[0]):x} has rows and no effort")


def _digest(part: ReleaseRows | None, visits: NDArray[np.int64] | None) -> bytes:
    """Return what tells a record from another before it is packed, which takes longer."""
    digest = hashlib.blake2b(b"" if visits is None else visits.tobytes(), digest_size=16)
    if part is not None:
        for column in (part.taxon_id, part.best, part.months, part.records):
            digest.update(column.tobytes())
    return digest.digest()


def _record(part: ReleaseRows | None, visits: NDArray[np.int64] | None) -> CellRecord:
    if part is None:
        return CellRecord(
            np.zeros(0, dtype=np.int32),
            np.zeros((0, MONTHS), dtype=np.float32),
            np.zeros(0, dtype=np.float32),
            np.zeros((0, MONTHS), dtype=np.int64),
            visits,
        )
    return CellRecord(
        part.taxon_id,
        (part.months / QUANTA).astype(np.float32),
        (part.best / QUANTA).astype(np.float32),
        None if visits is None else np.minimum(part.records, _MAX_COUNT),
        None if visits is None else np.minimum(visits, _MAX_COUNT),
    )


class _Ranges:
    """The base cells and months of each taxon, gathered cell by cell."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._taxon: list[NDArray[np.int32]] = []
        self._cell: list[NDArray[np.int64]] = []
        self._months: list[NDArray[np.int16]] = []

    def add(self, part: ReleaseRows) -> None:
        """Take in the rows of one cell."""
        if h3.get_resolution(int(part.cell[0])) == self._release.resolution:
            self._taxon.append(part.taxon_id)
            self._cell.append(part.cell)
            self._months.append(((part.months > 0) @ _MONTH_BITS).astype(np.int16))

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """Yield the packed range of each taxon that the release knows."""
        taxon = np.concatenate([np.zeros(0, dtype=np.int32), *self._taxon])
        order = np.argsort(taxon, kind="stable")
        cell = np.concatenate([np.zeros(0, dtype=np.int64), *self._cell])[order]
        months = np.concatenate([np.zeros(0, dtype=np.int16), *self._months])[order]
        known = self._release.known
        starts = taxon[order].searchsorted(known)
        ends = taxon[order].searchsorted(known, side="right")
        for id_, start, end in zip(known.tolist(), starts.tolist(), ends.tolist(), strict=True):
            mine = dict(zip(cell[start:end].tolist(), months[start:end].tolist(), strict=True))
            yield id_, pack_range(mine)
