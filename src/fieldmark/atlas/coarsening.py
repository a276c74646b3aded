"""Base rows of one taxon, told no finer than a parent cell."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format import parents_of, resolutions_of

__all__ = ["coarsened"]

_FINEST: Final = 15


def coarsened(
    cell: NDArray[np.int64],
    months: NDArray[np.int32],
    records: NDArray[np.int64],
    held: NDArray[np.int64],
    resolution: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return the rows of one taxon so that all cells under one parent say the same.

    Each cell says the mean over the base cells that the release holds under their parent at that
    resolution, so that what coarser cells say stays as it was, up to rounding. Where the release
    holds none but the taxon's own, those share it. Of records each has its share, rounded down.

    Args:
        cell: ``[n]``, the base cells and maybe coarser ones that nobody looked into.
        months: ``[n, 12]``, occurrence in quanta.
        records: ``[n, 12]``.
        held: all cells of the release.
        resolution: of the parent; finer than the base cells leaves all as it is.
    """
    if not cell.size or resolution >= resolutions_of(cell).max():
        return cell, months, records
    base = int(resolutions_of(cell).max())
    is_base = resolutions_of(cell) == base
    parents, home = np.unique(_parent_at(cell[is_base], base, resolution), return_inverse=True)
    under, parent_of = _cells_under(
        parents, np.union1d(_without_holders(held, base), cell), resolution
    )
    shares = np.bincount(parent_of[resolutions_of(under) == base], minlength=parents.size)
    mean = np.rint(_sums(months[is_base], home, parents.size) / shares[:, None])
    mean = np.maximum(mean, _sums(months[is_base], home, parents.size) > 0).astype(np.int32)
    part = _sums(records[is_base], home, parents.size) // shares[:, None]
    part_of_base = np.where((resolutions_of(under) == base)[:, None], part[parent_of], 0)
    above = ~is_base & (resolutions_of(cell) <= resolution)
    order = np.argsort(np.concatenate([under, cell[above]]), kind="stable")
    return (
        np.concatenate([under, cell[above]])[order],
        np.concatenate([mean[parent_of], months[above]])[order],
        np.concatenate([part_of_base, records[above]])[order],
    )


def _parent_at(cells: NDArray[np.int64], base: int, resolution: int) -> NDArray[np.int64]:
    for level in range(base, resolution, -1):
        cells = parents_of(cells, level)
    return cells


def _without_holders(held: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """Return the cells that hold none of the base cells: others are made of those later."""
    within = held[resolutions_of(held) == base]
    for level in range(base, 0, -1):
        within = np.unique(parents_of(within, level))
        held = np.setdiff1d(held, within)
    return held


def _cells_under(
    parents: NDArray[np.int64], held: NDArray[np.int64], resolution: int
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the cells that are finer than the parents and under one, and the row of its parent."""
    found, homes = [], []
    for level in range(resolution + 1, _FINEST + 1):
        cells = held[resolutions_of(held) == level]
        rows = np.searchsorted(parents, _parent_at(cells, level, resolution))
        rows = np.minimum(rows, parents.size - 1)
        under = parents[rows] == _parent_at(cells, level, resolution)
        found.append(cells[under])
        homes.append(rows[under])
    return np.concatenate(found), np.concatenate(homes)


def _sums(values: NDArray[np.integer], home: NDArray[np.intp], size: int) -> NDArray[np.int64]:
    sums = np.zeros((size, values.shape[1]), dtype=np.int64)
    np.add.at(sums, home, values)
    return sums
