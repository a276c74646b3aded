"""Cells as they leave: the ones inside a cell, each with its centre."""

from typing import Final

import h3.api.basic_int as h3
import msgspec

__all__ = ["CellsOut", "cells_inside", "widest_cells"]

_DECIMALS: Final = 5
_FINEST: Final = 15


class CellOut(msgspec.Struct, frozen=True):
    """A cell and its centre, degrees north and east."""

    cell: str
    latitude: float
    longitude: float


class CellsOut(msgspec.Struct, frozen=True):
    """Cells of one resolution."""

    resolution: int
    cells: list[CellOut]


def widest_cells() -> CellsOut:
    """Return the cells of resolution 0, which cover the Earth."""
    return CellsOut(0, [_cell(cell) for cell in h3.get_res0_cells()])


def cells_inside(cell: int) -> CellsOut:
    """Return the cells one step finer than that one which lie in it; none inside the finest."""
    resolution = h3.get_resolution(cell)
    inside = h3.cell_to_children(cell, resolution + 1) if resolution < _FINEST else []
    return CellsOut(resolution + 1, [_cell(child) for child in inside])


def _cell(cell: int) -> CellOut:
    latitude, longitude = h3.cell_to_latlng(cell)
    return CellOut(h3.int_to_str(cell), round(latitude, _DECIMALS), round(longitude, _DECIMALS))
