"""Cells for people: where one lies, how large it is, what lies around it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3

__all__ = ["Neighbour", "area_of", "href_of", "neighbours_of", "rounded_km2", "spot", "spot_of"]

_DIRECTIONS: Final = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
)  # fmt: skip
_THIN: Final = "\u202f"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A cell beside another, and the direction in which it lies."""

    cell: int
    direction: str
    spot: str


def spot(latitude: float, longitude: float) -> str:
    """Return a position to a tenth of a degree: no more than the name of a cell gives away."""
    return (
        f"{abs(latitude):.1f}° {'S' if latitude < 0 else 'N'}, "
        f"{abs(longitude):.1f}° {'W' if longitude < 0 else 'E'}"
    )


def spot_of(cell: int) -> str:
    """Return where the middle of a cell lies."""
    return spot(*h3.cell_to_latlng(cell))


def href_of(cell: int, query: str = "") -> str:
    """Return the address of the cell's page."""
    return f"/areas/{h3.int_to_str(cell)}{query}"


def area_of(cell: int) -> str:
    """Return how large a cell is."""
    return rounded_km2(h3.cell_area(cell, unit="km^2"))


def rounded_km2(km2: float) -> str:
    """Return an area with two figures that count."""
    digits = 1 - math.floor(math.log10(km2))
    shown = f"{round(km2, digits):,.{max(0, digits)}f}".replace(",", _THIN)
    return f"{shown}{_THIN}km²"


def neighbours_of(cell: int) -> Sequence[Neighbour]:
    """Return the five or six cells around a cell, clockwise from the north."""
    here = h3.cell_to_latlng(cell)
    found = [
        (_bearing_deg(here, h3.cell_to_latlng(other)), other)
        for other in h3.grid_disk(cell, 1)
        if other != cell
    ]
    return [
        Neighbour(other, _DIRECTIONS[round(bearing / 45.0) % 8], spot_of(other))
        for bearing, other in sorted(found)
    ]


def _bearing_deg(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the direction in which one sets out, clockwise from north, 0 up to 360.

    Source: the inverse problem on the sphere; any text on great-circle navigation.
    """
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, point)) for point in (start, end))
    east = math.sin(lon_b - lon_a) * math.cos(lat_b)
    north = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(
        lon_b - lon_a
    )
    return math.degrees(math.atan2(east, north)) % 360.0
