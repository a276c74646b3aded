"""All taxa of the counts, and of the sources of ranges beside them, smoothed one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.rows import BaseRows, Said, found_at, rows_by_taxon
from fieldmark.atlas.smoothing.effort import COLUMNS, GroupEffort
from fieldmark.atlas.smoothing.evidence import combined
from fieldmark.atlas.smoothing.pyramid import Pyramid
from fieldmark.atlas.smoothing.rates import Rates, rates_by_level
from fieldmark.atlas.smoothing.spec import SmoothingSpec
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.domain.area import MONTHS

__all__ = ["Smoothed", "smooth"]

_ANY: Final = 0
"""The target group of all animals together."""

_Found = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """What counts become. ``rows`` yields once, taxon by taxon; it is the slow part.

    ``cells`` are all that the release has a record of, base and coarser, ascending; ``effort``
    ``[n, 12]`` visits of anyone in each; ``base`` are the base cells among them. What ``rows``
    yields of a coarser cell is what its neighbours and the wider cell say of it: there is no base
    cell in it that anybody looked at.
    """

    cells: NDArray[np.int64]
    base: NDArray[np.int64]
    effort: NDArray[np.int64]
    rows: Iterator[BaseRows]


def smooth(
    counts: CellCounts, evidence: Evidence | None = None, spec: SmoothingSpec | None = None
) -> Smoothed:
    """Return occurrence by taxon, cell and month, from counts and from sources of ranges.

    Memory is that of the counts and of one taxon over all cells, 100 MB for the cells of the
    earth at resolution 4; time grows with the cells that the taxa are near.
    """
    spec = spec or SmoothingSpec()
    spoken_for = np.zeros(0, dtype=np.int64) if evidence is None else np.unique(evidence.cell)
    looked = counts.effort_cell[counts.effort.sum(axis=1) > 0.0]
    pyramid = Pyramid.over(
        np.concatenate([looked, counts.found_cell]),
        counts.resolution,
        spoken_for,
        rings=spec.neighbour_weight > 0.0,
    )
    cells, effort = _effort_by_cell(counts, pyramid)
    return Smoothed(cells, pyramid.base.cells, effort, _rows(counts, evidence, pyramid, spec))


def _rows(
    counts: CellCounts, evidence: Evidence | None, pyramid: Pyramid, spec: SmoothingSpec
) -> Iterator[BaseRows]:
    found = _Finds(counts)
    said = Said(Evidence.joined([] if evidence is None else [evidence]))
    bare = [_without_base(pyramid, number) for number in range(pyramid.resolution)]
    for taxa, effort in _by_group(
        counts, sorted(found.taxa.keys() | said.taxa.keys()), pyramid, spec
    ):
        for taxon_id in taxa:
            mine = found.of(taxon_id)
            stated = said.of(taxon_id)
            rates = _rates(mine, stated, pyramid, effort, spec)
            base = _base_rows(taxon_id, pyramid, rates[-1], (mine, stated), spec)
            if base.cell.size:
                yield base
                yield from _wide_rows(taxon_id, pyramid, rates, bare, spec)


class _Finds:
    """The finds of each taxon, whatever order the rows of the counts are in."""

    def __init__(self, counts: CellCounts) -> None:
        self._counts = counts
        self.taxa = rows_by_taxon(counts.taxon_id)

    def of(self, taxon_id: int) -> _Found:
        """Return its cells, ascending, and visits and records ``[k, 13]`` there."""
        rows = self.taxa.get(taxon_id, np.zeros(0, dtype=np.intp))
        rows = rows[np.argsort(self._counts.found_cell[rows], kind="stable")]
        cells, starts = np.unique(self._counts.found_cell[rows], return_index=True)
        if not cells.size:
            return cells, np.zeros((0, COLUMNS)), np.zeros((0, COLUMNS))
        visits = np.add.reduceat(self._counts.found[rows], starts, axis=0)
        return cells, visits, np.add.reduceat(self._counts.records[rows], starts, axis=0)


def _by_group(
    counts: CellCounts, taxa: list[int], pyramid: Pyramid, spec: SmoothingSpec
) -> Iterator[tuple[list[int], GroupEffort]]:
    """Yield the taxa of each target group with its effort: one group at a time is in memory."""
    held = set(np.unique(counts.group).tolist())
    groups: dict[int, list[int]] = {}
    for taxon_id in taxa:
        group = counts.group_of.get(taxon_id, _ANY)
        groups.setdefault(group if group in held else _ANY, []).append(taxon_id)
    for group, members in sorted(groups.items()):
        cells, visits = _effort_of(counts, group)
        yield members, GroupEffort.of(pyramid, cells, visits, spec)


def _effort_of(counts: CellCounts, group: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return cells and visits of a group; all together where nobody counted them as such."""
    rows = counts.group == group
    if group == _ANY and not rows.any():
        rows = np.ones(counts.group.size, dtype=bool)
    order = np.lexsort((counts.group[rows], counts.effort_cell[rows]))
    return counts.effort_cell[rows][order], counts.effort[rows][order]


def _rates(
    found: _Found,
    said: BaseRows | None,
    pyramid: Pyramid,
    effort: GroupEffort,
    spec: SmoothingSpec,
) -> list[Rates]:
    rows = pyramid.base.cells.searchsorted(found[0])
    none = np.zeros(0, dtype=np.intp)
    wanted = none if said is None else pyramid.base.cells.searchsorted(said.cell)
    return rates_by_level(pyramid, effort, (rows, found[1]), spec, wanted)


def _base_rows(
    taxon_id: int,
    pyramid: Pyramid,
    rates: Rates,
    known: tuple[_Found, BaseRows | None],
    spec: SmoothingSpec,
) -> BaseRows:
    (found_cell, _, records), said = known
    cells = pyramid.base.cells[rates.rows]
    months = combined(cells, rates, said, spec)
    listed = months.any(axis=1)
    cells, months = cells[listed], months[listed]
    at, held = found_at(cells, found_cell)
    counted = np.zeros((cells.size, MONTHS), dtype=np.int64)
    counted[held] = _by_month(records[at[held]])
    return BaseRows.of_taxon(taxon_id, cells, months, counted)


def _wide_rows(
    taxon_id: int,
    pyramid: Pyramid,
    rates: list[Rates],
    bare: list[NDArray[np.bool_]],
    spec: SmoothingSpec,
) -> Iterator[BaseRows]:
    """Yield what is said of coarser cells that hold no base cell."""
    for level, wide, without in zip(pyramid.levels, rates, bare, strict=False):
        spoken_for = wide.part(np.flatnonzero(without[wide.rows]))
        cells = level.cells[spoken_for.rows]
        months = combined(cells, spoken_for, None, spec)
        listed = months.any(axis=1)
        if listed.any():
            yield BaseRows.of_taxon(taxon_id, cells[listed], months[listed])


def _without_base(pyramid: Pyramid, number: int) -> NDArray[np.bool_]:
    """Return which cells of that level hold no base cell, ``[C]``."""
    rows = np.arange(pyramid.base.cells.size, dtype=np.intp)
    for level in pyramid.levels[:number:-1]:
        rows = np.unique(level.parent[rows])
    without = np.ones(pyramid.levels[number].cells.size, dtype=bool)
    without[rows] = False
    return without


def _effort_by_cell(
    counts: CellCounts, pyramid: Pyramid
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all cells of the pyramid, ascending, and visits of anyone in each, ``[n, 12]``."""
    cells, visits = _effort_of(counts, _ANY)
    summed = np.zeros((pyramid.base.cells.size, COLUMNS))
    np.add.at(summed, pyramid.base.cells.searchsorted(cells), visits)
    effort = _by_month(summed)
    by_level = [effort]
    for number in range(pyramid.resolution, 0, -1):
        above = np.zeros((pyramid.levels[number - 1].cells.size, MONTHS), dtype=np.int64)
        np.add.at(above, pyramid.levels[number].parent, by_level[-1])
        by_level.append(above)
    all_cells = np.concatenate([level.cells for level in pyramid.levels])
    order = np.argsort(all_cells)
    return all_cells[order], np.concatenate(by_level[::-1])[order]


def _by_month(counts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return ``[n, 12]`` whole numbers: what has a year only is spread over it, and nothing lost.

    The running total is rounded, so that the year keeps its sum.
    """
    running = np.cumsum(counts[:, :MONTHS] + counts[:, MONTHS:] / MONTHS, axis=1)
    whole = np.rint(running).astype(np.int64)
    whole[:, 1:] -= whole[:, :-1].copy()
    return whole
