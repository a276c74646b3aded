"""The cells of the earth at one resolution, each with the points that stand for its area."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

__all__ = ["Grid"]

_SAMPLE_DEPTH: Final = 2
"""The points are the centres of cells two resolutions finer: about 49 to a cell."""

_NEIGHBOURS: Final = 6


@dataclass(frozen=True)
class Grid:
    """``C`` cells in ascending order and ``N`` points in the order of their cells.

    ``cells`` ``[C]`` H3 indexes; ``points`` ``[N]`` the H3 indexes whose centres the points are;
    ``cell_of`` ``[N]`` the row of each point's cell; ``latitude``, ``longitude`` ``[N]`` degrees.
    """

    resolution: int
    cells: NDArray[np.int64]
    points: NDArray[np.int64]
    cell_of: NDArray[np.int32]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    @classmethod
    def of(cls, resolution: int) -> Self:
        """Return all cells of the earth at that resolution."""
        bases = h3.get_res0_cells()
        return cls.over([cell for base in bases for cell in h3.cell_to_children(base, resolution)])

    @classmethod
    def over(cls, some: Iterable[int]) -> Self:
        """Return a grid of those cells, one or more, all of one resolution.

        A point belongs to the cell that it lies in, which at the rim is not always the cell that
        H3 counts as its parent.
        """
        cells = np.array(sorted(some), dtype=np.int64)
        resolution = h3.get_resolution(int(cells[0]))
        depth = resolution + _SAMPLE_DEPTH
        points = [p for cell in cells.tolist() for p in h3.cell_to_children(cell, depth)]
        places = [h3.cell_to_latlng(point) for point in points]
        homes = np.array([h3.latlng_to_cell(*place, resolution) for place in places])
        rows = np.minimum(np.searchsorted(cells, homes), cells.size - 1)
        inside = np.flatnonzero(cells[rows] == homes)
        order = inside[np.argsort(rows[inside], kind="stable")]
        degrees = np.array(places)[order]
        return cls(
            resolution=resolution,
            cells=cells,
            points=np.array(points, dtype=np.int64)[order],
            cell_of=rows[order].astype(np.int32),
            latitude=degrees[:, 0],
            longitude=degrees[:, 1],
        )

    def count(self, points: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return how many of the points (rows of this grid) each cell holds, ``[C]``."""
        return np.bincount(self.cell_of[points], minlength=self.cells.size)

    def points_in(self, cells: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the points of the cells (rows of this grid), cell after cell."""
        sizes = self._sizes[cells]
        ends = np.cumsum(sizes)
        starts = self._ends[cells] - sizes
        return np.repeat(starts - (ends - sizes), sizes) + np.arange(sizes.sum())

    def points_near(self, latitude: float, longitude: float) -> NDArray[np.int64]:
        """Return the points of the cell that holds a place, nearest first; none off the grid."""
        cell = h3.latlng_to_cell(latitude, longitude, self.resolution)
        row = int(np.searchsorted(self.cells, cell))
        if row == self.cells.size or self.cells[row] != cell:
            return np.zeros(0, dtype=np.int64)
        points = self.points_in(np.array([row]))
        north = self.latitude[points] - latitude
        east = (self.longitude[points] - longitude + 180.0) % 360.0 - 180.0
        east *= math.cos(math.radians(latitude))
        return points[np.argsort(north**2 + east**2, kind="stable")]

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """``[C]``, how many points each cell has."""
        return np.bincount(self.cell_of, minlength=self.cells.size)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """``[C]``, the row after the last point of each cell."""
        return np.cumsum(self._sizes)

    @cached_property
    def neighbours(self) -> NDArray[np.int32]:
        """``[C, 6]``, the rows of the cells next to each; its own where there is none."""
        table = np.repeat(np.arange(self.cells.size, dtype=np.int32)[:, None], _NEIGHBOURS, axis=1)
        rows = {int(cell): row for row, cell in enumerate(self.cells)}
        for cell, row in rows.items():
            near = [rows[n] for n in h3.grid_disk(cell, 1) if n != cell and n in rows]
            table[row, : len(near)] = near
        return table
