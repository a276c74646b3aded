"""Visits that found one taxon, at each level of the pyramid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.smoothing.effort import GroupEffort, summed_rings
from fieldmark.atlas.smoothing.pyramid import Pyramid
from fieldmark.atlas.smoothing.spec import SmoothingSpec

__all__ = ["Finds", "finds_by_level", "union"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """Visits that found the taxon: ``rows`` ``[k]`` of a level, ascending; ``visits`` ``[k, 13]``.

    ``near`` ``[j]`` are the rows around them, ascending, and ``near_visits`` ``[j, 13]`` theirs.
    ``touched`` are the rows of both, ascending, each once; ``kept`` those and all that hold a base
    cell which has to be spoken of.
    """

    rows: NDArray[np.intp]
    visits: FloatArray
    near: NDArray[np.intp]
    near_visits: FloatArray
    touched: NDArray[np.intp]
    kept: NDArray[np.intp]


def finds_by_level(
    pyramid: Pyramid,
    effort: GroupEffort,
    found: tuple[NDArray[np.intp], FloatArray],
    spec: SmoothingSpec,
    wanted: NDArray[np.intp],
) -> list[Finds]:
    """Return the finds at each level, the widest first; a cell counts as effort counts it.

    Args:
        pyramid: the cells.
        effort: of the taxon's target group.
        found: base cells ``[k]`` in which it was found, ascending, and visits ``[k, 13]`` there.
        spec: the numbers.
        wanted: base cells, ascending, that have to be spoken of.
    """
    rows, visits = found
    finds: list[Finds] = []
    for number in range(pyramid.resolution, -1, -1):
        level = pyramid.levels[number]
        worth = visits * effort.share[number][rows][:, None]
        near, near_visits = summed_rings(level, rows, spec.neighbour_weight * worth)
        touched = union(rows, near)
        finds.append(Finds(rows, visits, near, near_visits, touched, union(touched, wanted)))
        if number:
            wanted = np.unique(level.parent[wanted])
        if number and rows.size:
            rows, starts = np.unique(level.parent[rows], return_index=True)
            visits = np.add.reduceat(worth, starts, axis=0)
    return finds[::-1]


def union(*rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each row once, ascending, of rows that ascend: a stable sort merges such runs."""
    merged = np.sort(np.concatenate(rows), kind="stable")
    return merged[np.diff(merged, prepend=-1) > 0]
