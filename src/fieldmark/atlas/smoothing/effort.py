"""How often somebody looked for one target group, in each cell of a pyramid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.rows import found_at
from fieldmark.atlas.smoothing.pyramid import Level, Pyramid
from fieldmark.atlas.smoothing.spec import SmoothingSpec

__all__ = ["COLUMNS", "GroupEffort", "shrinkage_at", "summed_rings"]

COLUMNS = 13
"""January to December, then what has a year only."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupEffort:
    """Visits of one target group by level, the widest first.

    ``visits`` and ``around`` ``[C, 13]``: in each cell, and in the ring around it. What is above
    the base, and what is around, counts ``share`` ``[C]`` of a visit: κ / (N + κ), so that no
    cell's word is worth more than κ visits, however often somebody was there.

    Source: credibility weights N / (N + κ) by cell, level over level: Jewell 1975, "The use of
    collateral data in credibility theory: a hierarchical model".
    """

    visits: tuple[FloatArray, ...]
    around: tuple[FloatArray, ...]
    share: tuple[FloatArray, ...]

    @classmethod
    def of(
        cls,
        pyramid: Pyramid,
        cells: NDArray[np.int64],
        visits: FloatArray,
        spec: SmoothingSpec,
    ) -> "GroupEffort":
        """Return the effort of one group, whose ``[n, 13]`` visits in base cells are given."""
        rows, held = found_at(cells, pyramid.base.cells)
        own = np.zeros((pyramid.base.cells.size, COLUMNS))
        np.add.at(own, rows[held], visits[held])
        by_level, around, shares = [], [], []
        for number in range(pyramid.resolution, -1, -1):
            level = pyramid.levels[number]
            kappa = shrinkage_at(number, pyramid, spec)
            share = kappa / (own.sum(axis=1) + kappa)
            worth = own * share[:, None]
            by_level.append(own)
            shares.append(share)
            around.append(spec.neighbour_weight * _around(level, worth))
            if number:
                own = np.zeros((pyramid.levels[number - 1].cells.size, COLUMNS))
                np.add.at(own, level.parent, worth)
        return cls(tuple(by_level[::-1]), tuple(around[::-1]), tuple(shares[::-1]))


def shrinkage_at(number: int, pyramid: Pyramid, spec: SmoothingSpec) -> float:
    """Return κ of that level."""
    return spec.shrinkage if number == pyramid.resolution else spec.wide_shrinkage


def _around(level: Level, worth: FloatArray) -> FloatArray:
    padded = np.vstack([worth, np.zeros((1, COLUMNS))])
    total = np.zeros_like(worth)
    for direction in range(level.ring.shape[1]):
        total += padded[level.ring[:, direction]]
    return total


def summed_rings(
    level: Level, rows: NDArray[np.intp], worth: FloatArray
) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the cells that have one of those rows in their ring, ascending, and its sums there.

    Args:
        level: where the cells are.
        rows: ``[k]``, ascending.
        worth: ``[k, 13]``.
    """
    targets = level.ring[rows].ravel()
    values = np.repeat(np.arange(rows.size), level.ring.shape[1])
    inside = targets < level.cells.size
    targets, values = targets[inside], values[inside]
    order = np.argsort(targets, kind="stable")
    near, starts = np.unique(targets[order], return_index=True)
    if not near.size:
        return near, np.zeros((0, COLUMNS))
    return near, np.add.reduceat(worth[values[order]], starts, axis=0)
