"""Outlines as people draw them: polygons of degrees, onto the points of a grid.

A point lies inside by the even-odd rule, which needs no polygon to be sound: an outline that
crosses itself has an inside too. So nothing is cut or mended, and an outline across the
antimeridian is asked about each point on each turn of the earth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from fieldmark.atlas.geography.grid import Grid
from fieldmark.atlas.geography.topology import Ring, round_the_pole

__all__ = ["Outline", "OutlineBroken", "read_outline"]

_TURN_DEG: Final = 360.0
_HALF_DEG: Final = 180.0
_POLE_DEG: Final = 90.0
_LEAST_CORNERS: Final = 3


class OutlineBroken(ValueError):
    """Rings that are no outline; the text says which corner is at fault and what to do."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One polygon whose longitudes may run on past 180; ``notes`` say what was made of it."""

    polygon: shapely.Polygon
    notes: Sequence[str] = ()

    def points(self, grid: Grid) -> NDArray[np.int64]:
        """Return the points of the grid inside; where there are none, the one nearest to it."""
        west, south, east, north = self.polygon.bounds
        shapely.prepare(self.polygon)
        parts = [np.zeros(0, dtype=np.int64)]
        for turn in (-_TURN_DEG, 0.0, _TURN_DEG):
            longitude = grid.longitude + turn
            near = np.flatnonzero(
                (grid.latitude >= south)
                & (grid.latitude <= north)
                & (longitude >= west)
                & (longitude <= east)
            )
            inside = shapely.contains_xy(self.polygon, longitude[near], grid.latitude[near])
            parts.append(near[inside])
        found = np.concatenate(parts)
        return found if found.size else self._nearest(grid)

    def _nearest(self, grid: Grid) -> NDArray[np.int64]:
        longitude, latitude = self.polygon.exterior.coords[0]
        return grid.points_near(latitude, _on_this_turn(longitude))[:1]


def read_outline(rings: Sequence[Sequence[Sequence[float]]]) -> Outline:
    """Return the polygon of rings as GeoJSON has them: longitude first, the outer ring first.

    An edge that spans more than half a turn, but not a whole one, crosses the antimeridian.

    Raises:
        OutlineBroken: there is no ring, or a corner is nowhere on earth.
    """
    if not rings:
        raise OutlineBroken("it has no ring")
    sound = [_ring(ring) for ring in rings]
    notes = ["crosses the antimeridian"] if any(crosses for _, crosses in sound) else []
    outer, *holes = [corners for corners, _ in sound]
    polygon = shapely.Polygon(outer, [_beside(outer, hole) for hole in holes])
    if not polygon.is_valid:
        notes.append(
            f"{shapely.is_valid_reason(polygon)}; inside is what the outline goes round "
            "an odd number of times"
        )
    return Outline(polygon, tuple(notes))


def _ring(ring: Sequence[Sequence[float]]) -> tuple[Ring, bool]:
    """Return the corners, longitudes running on, and whether they cross the antimeridian."""
    try:
        corners = np.array([(corner[0], corner[1]) for corner in ring], dtype=np.float64)
    except (IndexError, TypeError, ValueError):
        raise OutlineBroken("a corner is no pair of numbers") from None
    if len(corners) < _LEAST_CORNERS:
        raise OutlineBroken(f"a ring of {len(corners)} corners encloses nothing")
    _require_on_earth(corners)
    steps = np.diff(corners[:, 0])
    crosses = (np.abs(steps) > _HALF_DEG) & (np.abs(steps) < _TURN_DEG)
    turns = np.cumsum(np.where(crosses, -np.sign(steps), 0.0)) * _TURN_DEG
    corners[1:, 0] += turns
    return round_the_pole(corners) if crosses.any() else corners, bool(crosses.any())


def _require_on_earth(corners: Ring) -> None:
    longitude, latitude = np.abs(corners).T
    fit = np.isfinite(corners).all(axis=1) & (latitude <= _POLE_DEG) & (longitude <= _TURN_DEG)
    if fit.all():
        return
    at = int(np.flatnonzero(~fit)[0])
    x, y = corners[at]
    swapped = latitude.max() <= _TURN_DEG and longitude.max() <= _POLE_DEG
    remedy = (
        "GeoJSON has longitude first; these seem to be the other way round"
        if swapped
        else "write degrees of WGS 84, longitude first; these may be metres of a projection"
    )
    raise OutlineBroken(f"corner {at + 1} is [{x:g}, {y:g}], which is nowhere on earth; {remedy}")


def _beside(outer: Ring, hole: Ring) -> Ring:
    """Return the hole on the same turn of the earth as the ring that holds it."""
    turns = np.floor((hole[:, 0].min() - outer[:, 0].min()) / _TURN_DEG)
    return np.asarray(hole - [_TURN_DEG * turns, 0.0])


def _on_this_turn(longitude: float) -> float:
    return (longitude + _HALF_DEG) % _TURN_DEG - _HALF_DEG
