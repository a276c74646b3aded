"""Areas that overrides speak of: an H3 cell, a circle or a box."""

import math
from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.position import MAX_RADIUS_M, Position, parse_cell
from fieldmark.errors import PositionInvalid

__all__ = ["Area", "BoxArea", "CellArea", "CircleArea", "area_of", "lies_in"]

_FINEST: Final = 15
_RESOLUTION_AT: Final = 52
_BASE_AT: Final = 45
_BASE_BITS: Final = 7
_EARTH_RADIUS_M: Final = 6_371_008.8
_REMEDY: Final = (
    "write an H3 cell, latitude,longitude,radius in metres, or south,west,north,east in degrees"
)


@dataclass(frozen=True, slots=True)
class CellArea:
    """An H3 cell of any resolution."""

    cell: int

    def middle_in(self, resolution: int) -> int:
        """Return the cell of that resolution that holds the middle of the area."""
        return h3.latlng_to_cell(*h3.cell_to_latlng(self.cell), resolution)

    def holds(self, cells: NDArray[np.int64], centres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell of each cell whether it lies in the area, by its own centre ``[n, 2]``."""
        del centres
        return lies_in(cells, np.array([self.cell], dtype=np.int64))

    def __str__(self) -> str:
        return h3.int_to_str(self.cell)


@dataclass(frozen=True, slots=True)
class CircleArea:
    """A circle on the sphere: degrees and metres."""

    latitude: float
    longitude: float
    radius_m: float

    @property
    def bounds(self) -> "BoxArea":
        """The smallest box that holds the circle; all longitudes where it holds a pole."""
        reach = math.degrees(self.radius_m / _EARTH_RADIUS_M)
        south, north = self.latitude - reach, self.latitude + reach
        if south <= -90.0 or north >= 90.0:
            return BoxArea(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
        width = math.degrees(
            math.asin(math.sin(math.radians(reach)) / math.cos(math.radians(self.latitude)))
        )
        west, east = self.longitude - width, self.longitude + width
        return BoxArea(south, (west + 180.0) % 360.0 - 180.0, north, (east + 180.0) % 360.0 - 180.0)

    def middle_in(self, resolution: int) -> int:
        """Return the cell of that resolution that holds the middle of the area."""
        return h3.latlng_to_cell(self.latitude, self.longitude, resolution)

    def holds(self, cells: NDArray[np.int64], centres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell of each cell whether its centre, of ``[n, 2]``, lies in the area.

        Source: Sinnott 1984, "Virtues of the haversine".
        """
        del cells
        latitude, longitude = np.radians(centres.T)
        here_lat, here_lon = math.radians(self.latitude), math.radians(self.longitude)
        chord = (
            np.sin((latitude - here_lat) / 2.0) ** 2
            + np.cos(latitude) * math.cos(here_lat) * np.sin((longitude - here_lon) / 2.0) ** 2
        )
        away_m = 2.0 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
        return np.asarray(away_m <= self.radius_m)

    def __str__(self) -> str:
        return f"{self.latitude:.10g},{self.longitude:.10g},{self.radius_m:.10g}"


@dataclass(frozen=True, slots=True)
class BoxArea:
    """A box in degrees; ``west`` above ``east`` crosses the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    @property
    def bounds(self) -> "BoxArea":
        """The box itself."""
        return self

    def middle_in(self, resolution: int) -> int:
        """Return the cell of that resolution that holds the middle of the area."""
        width = (self.east - self.west) % 360.0
        longitude = (self.west + width / 2.0 + 180.0) % 360.0 - 180.0
        return h3.latlng_to_cell((self.south + self.north) / 2.0, longitude, resolution)

    def holds(self, cells: NDArray[np.int64], centres: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell of each cell whether its centre, of ``[n, 2]``, lies in the area."""
        del cells
        latitude, longitude = centres.T
        east_of, west_of = longitude >= self.west, longitude <= self.east
        between = east_of & west_of if self.west <= self.east else east_of | west_of
        return np.asarray((latitude >= self.south) & (latitude <= self.north) & between)

    def __str__(self) -> str:
        return f"{self.south:.10g},{self.west:.10g},{self.north:.10g},{self.east:.10g}"


def lies_in(cells: NDArray[np.int64], holders: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of cells, one by one, whether they are another one or lie in it.

    Source: the layout of an H3 index: from bit 45 the base cell, below it three bits a resolution.
    """
    resolutions = holders >> _RESOLUTION_AT & _FINEST
    mask = (np.int64(1) << (_BASE_BITS + 3 * resolutions)) - 1
    same = ((cells ^ holders) >> (_BASE_AT - 3 * resolutions) & mask) == 0
    return np.asarray(same & ((cells >> _RESOLUTION_AT & _FINEST) >= resolutions))


Area = CellArea | CircleArea | BoxArea


def area_of(text: str) -> Area:
    """Return the area that is written so.

    Raises:
        ValueError: it is none; the text says how one is written.
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        match len(parts):
            case 1:
                return CellArea(parse_cell(parts[0]))
            case 3:
                return _circle(*map(float, parts))
            case 4:
                return _box(*map(float, parts))
    except PositionInvalid as error:
        raise ValueError(f"{error}; {_REMEDY}") from error
    except ValueError:
        raise ValueError(_REMEDY) from None
    raise ValueError(_REMEDY)


def _circle(latitude: float, longitude: float, radius_m: float) -> CircleArea:
    Position(latitude, longitude)
    if not 0.0 <= radius_m <= MAX_RADIUS_M:
        raise PositionInvalid(f"a radius lies between 0 and {MAX_RADIUS_M:,.0f} metres")
    return CircleArea(latitude, longitude, radius_m)


def _box(south: float, west: float, north: float, east: float) -> BoxArea:
    for corner in ((south, west), (north, east)):
        Position(*corner)
    if south >= north:
        raise PositionInvalid(f"nothing lies between {south:g} and {north:g} north")
    return BoxArea(south, west, north, east)
