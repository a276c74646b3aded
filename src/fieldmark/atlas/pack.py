"""From the rows of a release to its content: packed, each record once."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.rows import ReleaseRows
from fieldmark.atlas.stored_bytes import StoredBytes
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import MAX_COUNT, pack_cells, pack_rows, resolutions_of
from fieldmark.domain.area import MONTHS, Release

__all__ = ["CellEffort", "pack", "range_of"]

_MONTH_BITS: Final = 1 << np.arange(MONTHS, dtype=np.int64)
_NO_ROWS: Final = ReleaseRows.of_taxon(
    0,
    0,
    np.zeros(0, dtype=np.int64),
    np.zeros((0, MONTHS), dtype=np.int32),
    np.zeros((0, MONTHS), dtype=np.int64),
)

_Listed = tuple[ReleaseRows | None, NDArray[np.int64] | None]
"""The rows of a cell and its effort."""


@dataclass(frozen=True, slots=True, eq=False)
class CellEffort:
    """How often anybody looked: ``cells`` ``[n]`` ascend; ``visits`` ``[n, 12]``.

    They are the cells that the release has a record of, base and coarser. A record that lists
    nothing says that somebody looked there, or all around, and found none of its taxa.
    """

    cells: NDArray[np.int64]
    visits: NDArray[np.int64]


def pack(
    rows: Iterable[ReleaseRows],
    ranges: Mapping[int, bytes],
    release: Release,
    taxa: Taxa,
    effort: CellEffort | None = None,
    folder: Path | None = None,
) -> ReleaseContent:
    """Return the content of the release; its taxa are those that occur somewhere.

    Records are numbered in the order in which their cells ascend.

    Args:
        rows: batches that ascend by cell and taxon over all of them.
        ranges: of every taxon that the release knows, see ``range_of``.
        release: what the content says of itself.
        taxa: those of the rows, and more.
        effort: None where the release is not made of records; then none is counted.
        folder: on whose disk the records lie, see ``StoredBytes``.
    """
    cells: dict[int, int] = {}
    distinct = _distinct(_with_effort(_by_cell(rows), effort), cells)
    records = StoredBytes(map(_packed, distinct), folder)
    return ReleaseContent(
        release=release,
        taxa=[taxa.by_id[id_] for id_ in release.known.tolist()],
        records=records,
        cells=cells,
        ranges=ranges,
    )


def range_of(rows: ReleaseRows, resolution: int) -> bytes:
    """Return the packed range of the one taxon of the rows: its base cells, and its months there.

    Args:
        rows: base cells and others.
        resolution: of the base cells.
    """
    base = resolutions_of(rows.cell) == resolution
    months = (rows.months[base] > 0) @ _MONTH_BITS
    return pack_cells(rows.cell[base], months)


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
) -> Iterator[tuple[int, *_Listed]]:
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


def _distinct(listed: Iterable[tuple[int, *_Listed]], cells: dict[int, int]) -> Iterator[_Listed]:
    """Yield what is listed of each cell, once, and note which of these each cell has."""
    numbers: dict[bytes, int] = {}
    for cell, part, visits in listed:
        new = len(numbers)
        cells[cell] = numbers.setdefault(_digest(part, visits), new)
        if cells[cell] == new:
            yield part, visits


def _digest(part: ReleaseRows | None, visits: NDArray[np.int64] | None) -> bytes:
    """Return what tells a record from another before it is packed, which takes longer."""
    digest = hashlib.blake2b(b"" if visits is None else visits.tobytes(), digest_size=16)
    if part is not None:
        for column in (part.taxon_id, part.best, part.months, part.records):
            digest.update(column.tobytes())
    return digest.digest()


def _packed(listed: _Listed) -> bytes:
    part, visits = listed
    rows = _NO_ROWS if part is None else part
    if visits is None:
        return pack_rows(rows.taxon_id, rows.months, rows.best, None, None)
    effort = np.minimum(visits, MAX_COUNT).astype(np.uint32)
    return pack_rows(rows.taxon_id, rows.months, rows.best, rows.records, effort)
