"""Outlines of cells, for maps."""

from collections.abc import Iterable, Sequence

import h3.api.basic_int as h3

__all__ = ["Ring", "outline_of", "outlines_of"]

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude in degrees, the last point the first again, as GeoJSON has it."""


def outline_of(cell: int) -> Ring:
    """Return the outline of a cell.

    Longitudes run on past ±180 where the cell crosses the antimeridian, so that the outline is one
    piece.
    """
    return _ring(h3.cell_to_boundary(cell), h3.cell_to_latlng(cell)[1])


def outlines_of(cells: Iterable[int]) -> list[list[Ring]]:
    """Return the outlines of the patches that the cells form: of each its outside, then its holes.

    Cells on the two sides of the antimeridian are apart, as on a flat map.
    """
    east: list[int] = []
    west: list[int] = []
    for cell in cells:
        (east if h3.cell_to_latlng(cell)[1] >= 0.0 else west).append(cell)
    return [patch for half, side in ((east, 1.0), (west, -1.0)) for patch in _patches(half, side)]


def _patches(cells: Sequence[int], side: float) -> list[list[Ring]]:
    if not cells:
        return []
    shape = h3.cells_to_h3shape(cells, tight=False)
    return [
        [_ring(loop, side * 90.0) for loop in (polygon.outer, *polygon.holes)] for polygon in shape
    ]


def _ring(corners: Iterable[tuple[float, float]], near: float) -> Ring:
    """Return the corners as a closed ring, each longitude within half a turn of ``near``."""
    ring = tuple(
        (round(near + (longitude - near + 180.0) % 360.0 - 180.0, 5), round(latitude, 5))
        for latitude, longitude in corners
    )
    return (*ring, ring[0])
