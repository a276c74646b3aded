"""Positions on WGS 84 and the H3 cells that they touch."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import h3.api.basic_int as h3

from fieldmark.errors import PositionInvalid

__all__ = [
    "MAX_CELLS",
    "MAX_RADIUS_M",
    "CellShares",
    "Position",
    "PositionSource",
    "cell_shares",
    "parse_cell",
    "shares_of_cell",
]

PositionSource = Literal["exif", "xmp", "given"]

MAX_RADIUS_M: Final = 1_000_000.0
MAX_CELLS: Final = 19
"""A cell and its two rings: what one area query may touch."""

_EARTH_RADIUS_M: Final = 6_371_008.8
_RIM_POINTS: Final = 12
_DISC_POINTS: Final = 400
_GOLDEN_ANGLE: Final = math.pi * (3.0 - math.sqrt(5.0))


@dataclass(frozen=True, slots=True)
class Position:
    """A place on WGS 84: degrees north and east, and the radius of its uncertainty in metres.

    Raises:
        PositionInvalid: a number is not finite or outside its range.
    """

    latitude: float
    longitude: float
    radius_m: float = 0.0
    source: PositionSource = "given"

    def __post_init__(self) -> None:
        _require("latitude", self.latitude, -90.0, 90.0)
        _require("longitude", self.longitude, -180.0, 180.0)
        _require("radius_m", self.radius_m, 0.0, MAX_RADIUS_M)

    def cell(self, resolution: int) -> int:
        """Return the H3 cell that holds the position."""
        return h3.latlng_to_cell(self.latitude, self.longitude, resolution)


@dataclass(frozen=True, slots=True)
class CellShares:
    """The cells that a position may lie in, each with its share of the circle; shares sum to 1."""

    resolution: int
    shares: Mapping[int, float]


def cell_shares(position: Position, resolution: int) -> CellShares:
    """Return the cells under the circle at the finest resolution that has few enough of them.

    The circle is sampled: the share of a cell is the share of evenly spread points that fall into
    it. A circle over more than ``MAX_CELLS`` cells is taken at the next coarser resolution.
    """
    if position.radius_m == 0.0 or _within_one_cell(position, resolution):
        return CellShares(resolution, {position.cell(resolution): 1.0})
    points = _disc(position)
    for level in range(resolution, -1, -1):
        counts: dict[int, int] = {}
        for latitude, longitude in points:
            cell = h3.latlng_to_cell(latitude, longitude, level)
            counts[cell] = counts.get(cell, 0) + 1
        if len(counts) <= MAX_CELLS:
            break
    return CellShares(level, {cell: count / len(points) for cell, count in counts.items()})


def parse_cell(text: str) -> int:
    """Return the H3 cell of its name, 15 hexadecimal digits in lower case.

    Raises:
        PositionInvalid: there is no such cell.
    """
    if re.fullmatch(r"[0-9a-f]{15}", text) and h3.is_valid_cell(h3.str_to_int(text)):
        return h3.str_to_int(text)
    raise PositionInvalid(f"{text[:40]!r} is no H3 cell, such as 83bcd2fffffffff")


def shares_of_cell(cell: int, resolution: int) -> CellShares:
    """Return the cell itself, or its parent where it is finer than that resolution."""
    own = h3.get_resolution(cell)
    if own <= resolution:
        return CellShares(own, {cell: 1.0})
    return CellShares(resolution, {h3.cell_to_parent(cell, resolution): 1.0})


def _within_one_cell(position: Position, resolution: int) -> bool:
    """Tell whether points all round the rim lie in the cell of the centre (cells are convex)."""
    cell = position.cell(resolution)
    return all(
        h3.latlng_to_cell(
            *_destination(position, position.radius_m, 2.0 * math.pi * k / _RIM_POINTS), resolution
        )
        == cell
        for k in range(_RIM_POINTS)
    )


def _disc(position: Position) -> list[tuple[float, float]]:
    """Return points spread evenly over the circle.

    Source: Vogel 1979, the sunflower: radius √((k + ½)/n), angle k times the golden one.
    """
    return [
        _destination(
            position,
            position.radius_m * math.sqrt((k + 0.5) / _DISC_POINTS),
            k * _GOLDEN_ANGLE,
        )
        for k in range(_DISC_POINTS)
    ]


def _destination(start: Position, distance_m: float, bearing_rad: float) -> tuple[float, float]:
    """Return latitude and longitude of the point that far from the start, on a sphere.

    Source: the direct problem on the sphere (Sinnott 1984; any text on great-circle navigation).
    """
    angle = distance_m / _EARTH_RADIUS_M
    lat = math.radians(start.latitude)
    sin_lat = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(
        bearing_rad
    )
    east = math.atan2(
        math.sin(bearing_rad) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * sin_lat,
    )
    longitude = (start.longitude + math.degrees(east) + 540.0) % 360.0 - 180.0
    return math.degrees(math.asin(max(-1.0, min(1.0, sin_lat)))), longitude


def _require(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise PositionInvalid(f"{name} is {value!r}; it must lie between {low:g} and {high:g}")
