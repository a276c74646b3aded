"""The cells of a release from the base up to the widest, and which lies in and beside which."""

from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.rows import found_at
from fieldmark.atlas_format import parents_of

__all__ = ["Level", "Pyramid"]

_RING = 6


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The ``C`` cells of one resolution.

    ``cells`` ``[C]`` ascend; ``parent`` ``[C]`` is the row of each in the level above (0 at the
    widest); ``ring`` ``[C, 6]`` the rows of the cells around it, ``C`` where there is none.
    ``children`` ``[C + 1]``: the rows ``children[i]`` up to ``children[i + 1]`` of the level below
    lie in cell ``i``; empty at the base.
    """

    cells: NDArray[np.int64]
    parent: NDArray[np.intp]
    ring: NDArray[np.intp]
    children: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Levels 0 to ``resolution``, the base last."""

    levels: tuple[Level, ...]

    @property
    def resolution(self) -> int:
        """That of the base."""
        return len(self.levels) - 1

    @property
    def base(self) -> Level:
        """The finest level."""
        return self.levels[-1]

    @classmethod
    def over(
        cls,
        looked: NDArray[np.int64],
        resolution: int,
        spoken_for: NDArray[np.int64],
        *,
        rings: bool = True,
    ) -> "Pyramid":
        """Return the cells that somebody looked in, those around them, and all that hold them.

        Args:
            looked: cells of the base resolution in which somebody looked.
            resolution: that of the base.
            spoken_for: other base cells that have to be there, whether anybody looked or not.
            rings: take in the cells around those, at every level.
        """
        seen = np.unique(looked)
        held = np.unique(spoken_for)
        cells: list[NDArray[np.int64]] = []
        for level in range(resolution, -1, -1):
            held = np.union1d(held, _with_rings(seen) if rings else seen)
            cells.append(held)
            held, seen = parents_of(held, level), np.unique(parents_of(seen, level))
        cells.reverse()
        return cls(tuple(_level(cells, level) for level in range(resolution + 1)))


def _with_rings(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    disks = (h3.grid_disk(cell, 1) for cell in cells.tolist())
    return np.unique(np.fromiter((c for disk in disks for c in disk), dtype=np.int64))


def _level(cells: list[NDArray[np.int64]], level: int) -> Level:
    own = cells[level]
    parent = np.zeros(own.size, dtype=np.intp)
    if level:
        parent = cells[level - 1].searchsorted(parents_of(own, level))
    children = np.zeros(0, dtype=np.intp)
    if level + 1 < len(cells):
        homes = own.searchsorted(parents_of(cells[level + 1], level + 1))
        children = homes.searchsorted(np.arange(own.size + 1))
    return Level(own, parent, _rings(own), children)


def _rings(cells: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the rows of the cells around each, ``[C, 6]``, in no particular order."""
    around = np.zeros((cells.size, _RING), dtype=np.int64)
    for row, cell in enumerate(cells.tolist()):
        ring = [near for near in h3.grid_disk(cell, 1) if near != cell]
        around[row, : len(ring)] = ring
    at, held = found_at(around, cells)
    return np.where(held, at, cells.size)
