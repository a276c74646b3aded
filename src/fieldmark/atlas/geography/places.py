"""Places by name: countries, states, groups, seas and shores, as points of a grid.

A range is painted on points, 49 to a cell, and settled into cells afterwards: a cell is *held* when
at least half of its land points are, or at least half of its sea points. So coasts and small
islands belong to their country whatever sea lies around them, a border cell belongs to the side
that has more of it, a species spreads no further over a border than half a cell, and the cells from
which people look at the sea belong to the sea.

What holds half of no cell, a country (Luxembourg, Singapore) or all that a clip leaves, takes the
whole of the cell that it has most of. A *shore* is the sea cells that a land place holds and the
open water next to them. A clip cuts a place before anything else.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final, Self

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.geography.box import Box
from fieldmark.atlas.geography.grid import Grid
from fieldmark.atlas.geography.land import SEA, Land, data_rows

__all__ = ["COAST_PREFIX", "SEA_PREFIX", "Geography", "UnknownPlace"]

SEA_PREFIX: Final = "sea:"
COAST_PREFIX: Final = "coast:"
EVERY_SEA: Final = "World"

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class UnknownPlace(ValueError):
    """A name that no country, state, group or sea has; the text suggests what may be meant."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a group or a sea: a place, or None for the sea, within a box."""

    place: str | None
    box: Box


class Geography:
    """All places that a range may name, over one grid."""

    def __init__(
        self,
        grid: Grid,
        land: Land,
        groups: dict[str, list[Member]],
        seas: dict[str, list[Member]],
    ) -> None:
        self.grid = grid
        self._land = land
        self._groups = groups
        self._seas = seas
        self._points: dict[str, Rows] = {}
        self._all_land = grid.count(np.flatnonzero(land.country != SEA))
        self._all_sea = grid.count(np.flatnonzero(land.country == SEA))
        self._is_sea: Mask = self._all_sea > 0

    @classmethod
    def of(cls, resolution: int) -> Self:
        """Return the places of the earth in the cells of that resolution."""
        grid = Grid.of(resolution)
        here = files(__package__)
        return cls(
            grid,
            Land.of(grid),
            groups=_members(data_rows(here / "groups.csv")),
            seas=_members(data_rows(here / "seas.csv")),
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Every accepted name but the shores: ``coast:`` goes before any name of land."""
        seas = (SEA_PREFIX + name for name in (EVERY_SEA, *self._seas))
        return frozenset({*self._land.names, *self._groups, *seas})

    def points(self, places: Iterable[str], clip: Box) -> Rows:
        """Return the points of the places together within the clip, none where it misses them.

        Rows of the grid in no order; some may come twice.

        Raises:
            UnknownPlace: a name is not known.
        """
        parts, shores = [np.zeros(0, dtype=np.int64)], []
        for place in places:
            self._require(place)
            if place.startswith(COAST_PREFIX):
                shores.append(self._clipped(place.removeprefix(COAST_PREFIX), clip))
            else:
                parts += [self._clipped(place, clip), *self._whole_homes(place, clip)]
        if shores:
            parts.append(self._shore(np.concatenate(shores)))
        return np.concatenate(parts)

    def holders(self, points: Rows) -> Mask:
        """Return ``[C]``, which cells those points hold; no point may come twice."""
        at_sea = self._land.country[points] == SEA
        land = self.grid.count(points[~at_sea])
        sea = self.grid.count(points[at_sea])
        return np.asarray(
            ((land > 0) & (2 * land >= self._all_land)) | ((sea > 0) & (2 * sea >= self._all_sea))
        )

    def grown(self, points: Rows) -> Rows:
        """Return the points and, where they hold no cell, all of the one with most of them."""
        points = self._once(points)
        if not points.size or self.holders(points).any():
            return points
        fullest = self.grid.count(points).argmax()
        return self._once(np.concatenate([points, self.grid.points_in(np.array([fullest]))]))

    @cached_property
    def lookouts(self) -> Rows:
        """Return one point of each cell that holds land or lies next to one that does.

        It is the one nearest to the middle of the cell, of those on land where there are any.
        """
        near = self._all_land > 0
        near[self.grid.neighbours[near]] = True
        points = self.grid.points_in(np.flatnonzero(near))
        cells = self.grid.cell_of[points]
        order = np.lexsort((self._off_middle(points), self._land.country[points] == SEA, cells))
        return points[order][np.unique(cells, return_index=True)[1]]

    def _off_middle(self, points: Rows) -> NDArray[np.float64]:
        """Return how far each point lies from the middle of its cell, in degrees squared."""
        middle = np.array([h3.cell_to_latlng(cell) for cell in self.grid.cells.tolist()])
        north, east = middle[self.grid.cell_of[points]].T
        turn = (self.grid.longitude[points] - east + 180.0) % 360.0 - 180.0
        off = (self.grid.latitude[points] - north) ** 2 + (turn * np.cos(np.radians(north))) ** 2
        return np.asarray(off)

    def _require(self, place: str) -> None:
        name = place.removeprefix(COAST_PREFIX)
        if name not in self.names or place.startswith(COAST_PREFIX + SEA_PREFIX):
            near = difflib.get_close_matches(name, sorted(self.names), n=3, cutoff=0.6)
            meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise UnknownPlace(f"{place!r} is no known place{meant}")

    def _shore(self, land: Rows) -> Rows:
        shore = self.holders(self.grown(land)) & self._is_sea
        beside = np.zeros_like(shore)
        beside[self.grid.neighbours[shore]] = True
        return self.grid.points_in(np.flatnonzero(shore | (beside & (self._all_land == 0))))

    def _clipped(self, place: str, clip: Box) -> Rows:
        rows = self._rows(place)
        return rows if clip == Box() else rows[self._inside(rows, clip)]

    def _inside(self, rows: Rows, box: Box) -> Mask:
        return box.holds(self.grid.latitude[rows], self.grid.longitude[rows])

    def _once(self, points: Rows) -> Rows:
        """Return the points in order, each once: a mask is five times as fast as a sort."""
        mask = np.zeros(self.grid.points.size, dtype=bool)
        mask[points] = True
        return np.flatnonzero(mask)

    def _rows(self, place: str) -> Rows:
        """Return the points of a place, looked up once."""
        if place not in self._points:
            self._points[place] = self._find_rows(place)
        return self._points[place]

    def _find_rows(self, place: str) -> Rows:
        if place == SEA_PREFIX + EVERY_SEA:
            return np.flatnonzero(self._land.country == SEA)
        members = self._groups.get(place) or self._seas.get(place.removeprefix(SEA_PREFIX))
        if members is None:
            return self._land.points_of(place)
        parts = []
        for member in members:
            rows = self._rows(member.place or SEA_PREFIX + EVERY_SEA)
            parts.append(rows[self._inside(rows, member.box)])
        return self._once(np.concatenate(parts))

    def _countries(self, place: str) -> list[str]:
        """Return the whole countries and states in a place; what a group clips is left out."""
        if place not in self._groups:
            return [place]
        whole = (m.place for m in self._groups[place] if m.place and m.box == Box())
        return [name for inner in whole for name in self._countries(inner)]

    @cached_property
    def _homes(self) -> dict[str, int]:
        """The cell of each country or state that holds no cell: the one that it has most of."""
        rows = {name: self._rows(name) for name in self._land.names}
        return {
            name: int(self.grid.count(points).argmax())
            for name, points in rows.items()
            if not self.holders(points).any()
        }

    def _whole_homes(self, place: str, clip: Box) -> list[Rows]:
        """Return the points of the homes of countries in the place, where the clip spares them."""
        homes = []
        for name in self._countries(place):
            if name in self._homes:
                cell = self._homes[name]
                rows = self._rows(name)
                rows = rows[self.grid.cell_of[rows] == cell]
                if 2 * np.count_nonzero(self._inside(rows, clip)) >= rows.size:
                    homes.append(self.grid.points_in(np.array([cell])))
        return homes


def _members(rows: Iterable[dict[str, str]]) -> dict[str, list[Member]]:
    groups: dict[str, list[Member]] = defaultdict(list)
    for row in rows:
        box = Box.read(row["south"], row["west"], row["north"], row["east"])
        for place in row["place"].split(";") if "place" in row else [None]:
            groups[row["name"]].append(Member(place, box))
    return dict(groups)
