"""From base rows to the rows of a release: coarser cells are made of the base cells in them.

A coarser cell holds the mean over its base cells, those without the taxon included: what someone
finds who is somewhere in it; and the sum of their records. Numbers are whole quanta until the last
division, so no sum depends on its order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.rows import BaseRows, ReleaseRows, found_at
from fieldmark.atlas_format import parents_of

__all__ = ["Holders", "release_rows"]

_Table = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]
"""Cells, months and records of some rows of one taxon."""


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """``cells`` ``[n]`` of one resolution, ascending.

    ``base_cells`` ``[n]``: over how many each has its mean. ``home`` is which of these holds each
    cell of the next finer level.
    """

    cells: NDArray[np.int64]
    base_cells: NDArray[np.int64]
    home: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Holders:
    """Base cells, ascending, and the cells that hold them, level by level up to resolution 0."""

    base: NDArray[np.int64]
    levels: Sequence[_Level]

    @classmethod
    def of(cls, base: NDArray[np.int64], resolution: int, *, all_count: bool) -> Self:
        """Return them.

        Args:
            base: the base cells, each once.
            resolution: theirs.
            all_count: a holder counts every base cell in it, as where sources of ranges speak of
                all the earth; else those that were given.
        """
        base = np.sort(base)
        below, given = base, np.ones(base.size, dtype=np.int64)
        levels = []
        for level in range(resolution, 0, -1):
            cells, starts, home = np.unique(
                parents_of(below, level), return_index=True, return_inverse=True
            )
            given = np.add.reduceat(given, starts) if cells.size else given
            whole = [h3.cell_to_children_size(cell, resolution) for cell in cells.tolist()]
            base_cells = np.array(whole, dtype=np.int64) if all_count else given
            levels.append(_Level(cells, base_cells, home))
            below = cells
        return cls(base, levels)

    @property
    def cells(self) -> NDArray[np.int64]:
        """All of them, ascending."""
        return np.sort(np.concatenate([self.base, *(level.cells for level in self.levels)]))

    def released(self, parts: Sequence[BaseRows]) -> ReleaseRows:
        """Return the rows of one taxon in a release, in no order; none where it has no base cell.

        ``best`` is the highest in any base cell and month. Rows of cells that hold no base cell
        are taken as they are.
        """
        split = [self._split(part) for part in parts]
        base = _ordered([of_base for of_base, _ in split])
        best = int(base.months.max(initial=0))
        taxon_id = int(parts[0].taxon_id[0])
        tables = [(base.cell, base.months, base.records)]
        if best:
            tables += self._holders_of(base)
            tables += [(wide.cell, wide.months, wide.records) for _, wide in split]
        return ReleaseRows.joined(
            [ReleaseRows.of_taxon(taxon_id, best, *_listed(*table)) for table in tables]
        )

    def _split(self, rows: BaseRows) -> tuple[BaseRows, BaseRows]:
        """Return the rows of base cells and the others."""
        _, is_base = found_at(rows.cell, self.base)
        if is_base.all():
            return rows, rows.part(slice(0))
        return rows.part(np.flatnonzero(is_base)), rows.part(np.flatnonzero(~is_base))

    def _holders_of(self, base: BaseRows) -> list[_Table]:
        """Return the cells that hold base cells, with mean months and all records."""
        tables: list[_Table] = []
        summed: NDArray[np.integer] = base.months
        at, records = self.base.searchsorted(base.cell), base.records
        for level in self.levels:
            home = level.home[at]
            starts = np.flatnonzero(np.diff(home, prepend=-1))
            at = home[starts]
            summed = np.add.reduceat(summed, starts, axis=0, dtype=np.int64)
            records = np.add.reduceat(records, starts, axis=0)
            count = level.base_cells[at][:, None]
            mean = (2 * summed + count) // (2 * count)
            tables.append((level.cells[at], mean.astype(np.int32), records))
        return tables


def _ordered(parts: Sequence[BaseRows]) -> BaseRows:
    """Return the rows of all parts, ascending by cell."""
    rows = parts[0] if len(parts) == 1 else BaseRows.joined(parts)
    if (rows.cell[1:] > rows.cell[:-1]).all():
        return rows
    return rows.part(np.argsort(rows.cell, kind="stable"))


def _listed(
    cell: NDArray[np.int64], months: NDArray[np.int32], records: NDArray[np.int64]
) -> _Table:
    """Return the rows that occur in some month."""
    listed = months.any(axis=1)
    if listed.all():
        return cell, months, records
    rows = np.flatnonzero(listed)
    return cell[rows], months.take(rows, axis=0), records.take(rows, axis=0)


def release_rows(rows: Iterable[BaseRows], holders: Holders) -> Iterator[ReleaseRows]:
    """Yield the rows of a release, taxon by taxon, of base rows that come taxon by taxon."""
    for _, parts in groupby(rows, key=lambda part: int(part.taxon_id[0])):
        yield holders.released(list(parts))
