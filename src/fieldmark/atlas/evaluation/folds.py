"""Holding out: whole blocks of the earth, or some of the visits to every cell.

A block is an H3 cell of resolution 1. The narrowest of them is 594 km across (twice the distance
from its centre to its nearest edge, over all 842), so that each is at least 500 km wide. Nothing
that was seen in a held-out block is in the counts that are learned from. What is scored are the
cells of the block whose whole ring lies in it: a neighbour outside never smooths into them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas_format import parents_of

__all__ = ["BLOCK_RESOLUTION", "Fold", "by_block", "by_visit"]

BLOCK_RESOLUTION: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """``known`` is learned from, ``held_out`` is scored on; no visit is in both."""

    known: CellCounts
    held_out: CellCounts


def by_block(counts: CellCounts, folds: int, seed: int) -> Iterator[Fold]:
    """Yield folds that hold out blocks, each block once."""
    blocks = _blocks(counts.effort_cell, counts.resolution)
    distinct = np.unique(blocks)
    number = np.random.default_rng(seed).permutation(distinct.size) % folds
    found = number[distinct.searchsorted(_blocks(counts.found_cell, counts.resolution))]
    effort = number[distinct.searchsorted(blocks)]
    for fold in range(folds):
        out = _selected(counts, found == fold, effort == fold)
        inner = np.array([_is_inside(cell) for cell in out.effort_cell.tolist()], dtype=bool)
        scored = np.unique(out.effort_cell[inner])
        out = _selected(out, np.isin(out.found_cell, scored), np.isin(out.effort_cell, scored))
        yield Fold(_selected(counts, found != fold, effort != fold), out)


def by_visit(counts: CellCounts, share: float, seed: int) -> Fold:
    """Return a fold that holds out that share of the visits to each cell and month.

    Finds are dealt out as visits are: hypergeometric, each taxon by itself.
    """
    random = np.random.default_rng(seed)
    visits = np.rint(counts.effort).astype(np.int64)
    out = random.binomial(visits, share)
    at = _rows_of_effort(counts)
    among = np.where(at[:, None] >= 0, visits[at], 0)
    chosen = np.where(at[:, None] >= 0, out[at], 0)
    found = np.minimum(np.rint(counts.found).astype(np.int64), among)
    found_out = random.hypergeometric(found, among - found, chosen)
    known = replace(
        counts,
        found=(found - found_out).astype(np.float64),
        records=(found - found_out).astype(np.float64),
        effort=(visits - out).astype(np.float64),
    )
    held = replace(
        counts,
        found=found_out.astype(np.float64),
        records=found_out.astype(np.float64),
        effort=out.astype(np.float64),
    )
    return Fold(_without_nothing(known), _without_nothing(held))


def _blocks(cells: NDArray[np.int64], resolution: int) -> NDArray[np.int64]:
    for number in range(resolution, BLOCK_RESOLUTION, -1):
        cells = parents_of(cells, number)
    return cells


def _is_inside(cell: int) -> bool:
    block = h3.cell_to_parent(cell, BLOCK_RESOLUTION)
    return all(h3.cell_to_parent(n, BLOCK_RESOLUTION) == block for n in h3.grid_disk(cell, 1))


def _rows_of_effort(counts: CellCounts) -> NDArray[np.intp]:
    """Return for each row of finds that of its group's effort, -1 where there is none."""
    rows = {
        key: row
        for row, key in enumerate(
            zip(counts.group.tolist(), counts.effort_cell.tolist(), strict=True)
        )
    }
    groups = (counts.group_of.get(taxon_id, 0) for taxon_id in counts.taxon_id.tolist())
    keys = zip(groups, counts.found_cell.tolist(), strict=True)
    return np.array([rows.get(key, -1) for key in keys], dtype=np.intp)


def _selected(
    counts: CellCounts, found: NDArray[np.bool_], effort: NDArray[np.bool_]
) -> CellCounts:
    return replace(
        counts,
        taxon_id=counts.taxon_id[found],
        found_cell=counts.found_cell[found],
        found=counts.found[found],
        records=counts.records[found],
        group=counts.group[effort],
        effort_cell=counts.effort_cell[effort],
        effort=counts.effort[effort],
    )


def _without_nothing(counts: CellCounts) -> CellCounts:
    return _selected(counts, counts.found.sum(axis=1) > 0.0, counts.effort.sum(axis=1) > 0.0)
