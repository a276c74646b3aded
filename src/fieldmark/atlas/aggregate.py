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

from fieldmark.atlas.rows import BaseRows, ReleaseRows
from fieldmark.atlas_format import parents_of

__all__ = ["Holders", "release_rows"]


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

    def released(self, rows: BaseRows) -> ReleaseRows:
        """Return the rows of one taxon in a release, in no order; none where it has no base cell.

        ``best`` is the highest in any base cell and month. Rows of cells that hold no base cell
        are taken as they are.
        """
        at = np.minimum(self.base.searchsorted(rows.cell), self.base.size - 1)
        is_base = self.base[at] == rows.cell if self.base.size else np.zeros(at.size, dtype=bool)
        order = np.flatnonzero(is_base)[np.argsort(at[is_base], kind="stable")]
        wide = np.flatnonzero(~is_base)
        held, counted = rows.months.take(order, axis=0), rows.records.take(order, axis=0)
        parts = [(rows.cell[wide], rows.months[wide], rows.records[wide])]
        if order.size:
            parts += self._sums(at[order], held, counted)
        cell, months, records = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        best = held.max(initial=0)
        listed = np.flatnonzero(months.any(axis=1) & (best > 0))
        return ReleaseRows.of_taxon(
            int(rows.taxon_id[0]),
            int(best),
            cell[listed],
            months.take(listed, axis=0),
            records.take(listed, axis=0),
        )

    def _sums(
        self, at: NDArray[np.intp], months: NDArray[np.int32], records: NDArray[np.int64]
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]]:
        """Return cells, mean months and records of base cells and of what holds them."""
        parts = [(self.base[at], months, records)]
        summed = months.astype(np.int64)
        for level in self.levels:
            home = level.home[at]
            starts = np.flatnonzero(np.diff(home, prepend=-1))
            at = home[starts]
            summed = np.add.reduceat(summed, starts, axis=0)
            records = np.add.reduceat(records, starts, axis=0)
            count = level.base_cells[at][:, None]
            mean = (2 * summed + count) // (2 * count)
            parts.append((level.cells[at], mean.astype(np.int32), records))
        return parts


def release_rows(rows: Iterable[BaseRows], holders: Holders) -> Iterator[ReleaseRows]:
    """Yield the rows of a release, taxon by taxon, of base rows that come taxon by taxon."""
    for _, grouped in groupby(rows, key=lambda part: int(part.taxon_id[0])):
        parts = list(grouped)
        yield holders.released(parts[0] if len(parts) == 1 else BaseRows.joined(parts))
