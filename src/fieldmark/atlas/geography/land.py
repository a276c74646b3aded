"""Who owns each point of a grid: a country, in the United States a state, or the sea."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Self

import h3.api.basic_int as h3
import numpy as np
import shapely
from numpy.typing import NDArray

from fieldmark.atlas.geography.box import Box
from fieldmark.atlas.geography.grid import Grid
from fieldmark.atlas.geography.topology import Shape, read_shapes

__all__ = ["SEA", "STATE_PREFIX", "Land", "data_rows"]

SEA: Final = -1
STATE_PREFIX: Final = "US/"

_UNITED_STATES: Final = "United States of America"
# us-atlas counts these as states; Natural Earth as countries, which is what their animals say too.
_TERRITORIES: Final = frozenset(
    {
        "American Samoa",
        "Commonwealth of the Northern Mariana Islands",
        "Guam",
        "Puerto Rico",
        "United States Virgin Islands",
    }
)

Owners = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Land:
    """``names`` of countries and states; ``country`` and ``state`` ``[N]`` are positions in it.

    ``SEA`` in ``country`` marks a point at sea, in ``state`` one outside the United States.
    """

    names: tuple[str, ...]
    country: Owners
    state: Owners

    @classmethod
    def of(cls, grid: Grid) -> Self:
        """Return the owners of all points of the grid, by Natural Earth and the Census Bureau."""
        here = files(__package__)
        countries = read_shapes(here / "countries-50m.json.gz", "countries")
        states = [
            Shape(STATE_PREFIX + shape.name, shape.polygon)
            for shape in read_shapes(here / "states-10m.json.gz", "states")
            if shape.name not in _TERRITORIES
        ]
        land = cls.drawn(grid, countries, states, data_rows(here / "islands.csv"))
        for row in data_rows(here / "redrawn.csv"):
            land.redraw(grid, row)
        return land

    @classmethod
    def drawn(
        cls,
        grid: Grid,
        countries: Sequence[Shape],
        states: Sequence[Shape],
        islands: Iterable[dict[str, str]],
    ) -> Self:
        """Return the owners of all points of the grid by those shapes.

        What is too small to hold a point, islet or country, gets the one nearest to it.
        """
        islands = list(islands)
        drawn = {shape.name for shape in (*countries, *states)}
        names = tuple(sorted(drawn | {island["country"] for island in islands}))
        position = {name: number for number, name in enumerate(names)}
        country = _rasterise(grid, countries, position)
        for island in islands:
            points = grid.points_near(float(island["latitude"]), float(island["longitude"]))
            if not (country[points] != SEA).any():
                country[points[:1]] = position[island["country"]]
        state = _rasterise(grid, states, position)
        if states:
            home = position[_UNITED_STATES]
            country[state != SEA] = home
            _fill_from_nearest(
                grid, state, np.flatnonzero((country == home) & (state == SEA)), states, position
            )
        return cls(names, country, state)

    def redraw(self, grid: Grid, row: dict[str, str]) -> None:
        """Give what country ``from`` owns within the box to country ``to``.

        Natural Earth draws borders as they are held; people who write ranges mean those of maps.
        """
        box = Box.read(row["south"], row["west"], row["north"], row["east"])
        owned = self.points_of(row["from"])
        inside = box.holds(grid.latitude[owned], grid.longitude[owned])
        self.country[owned[inside]] = self.names.index(row["to"])

    def points_of(self, name: str) -> NDArray[np.int64]:
        """Return the rows of the points that a country or state owns."""
        owners = self.state if name.startswith(STATE_PREFIX) else self.country
        return np.flatnonzero(owners == self.names.index(name))


def data_rows(file: Traversable) -> Iterator[dict[str, str]]:
    """Return the rows of one of this package's own tables."""
    yield from csv.DictReader(file.read_text("utf-8").splitlines())


def _rasterise(grid: Grid, shapes: Sequence[Shape], position: dict[str, int]) -> Owners:
    owners = np.full(grid.points.size, SEA, dtype=np.int16)
    by_latitude = np.argsort(grid.latitude, kind="stable")
    latitudes = grid.latitude[by_latitude]
    for shape in shapes:
        west, south, east, north = shape.polygon.bounds
        rows = by_latitude[slice(*np.searchsorted(latitudes, (south, north)))]
        rows = rows[(grid.longitude[rows] >= west) & (grid.longitude[rows] <= east)]
        shapely.prepare(shape.polygon)
        rows = rows[shapely.contains_xy(shape.polygon, grid.longitude[rows], grid.latitude[rows])]
        owners[rows] = position[shape.name]
    for shape in shapes:
        _touch(grid, owners, shape, position[shape.name])
    return owners


def _touch(grid: Grid, owners: Owners, shape: Shape, owner: int) -> None:
    """Give a shape one point at least of each cell that its outline touches.

    Without it a cell with a strip of beach would be open sea, an islet between the points nothing,
    and a country of that size nowhere. It takes the nearest from the sea; a country that has no
    other takes it from a neighbour that has more than one.
    """
    corners = shapely.get_coordinates(shape.polygon.exterior)
    nowhere = not (owners == owner).any()
    for longitude, latitude in corners[_first_in_cell(grid, corners)]:
        points = grid.points_near(latitude, longitude)
        if (owners[points] == owner).any():
            continue
        free = points[owners[points] == SEA]
        if nowhere and not free.size:
            free = np.array([p for p in points if np.count_nonzero(owners == owners[p]) > 1])
        owners[free[:1]] = owner


def _first_in_cell(grid: Grid, corners: NDArray[np.float64]) -> NDArray[np.intp]:
    cells = [h3.latlng_to_cell(y, x, grid.resolution) for x, y in corners.tolist()]
    return np.unique(np.array(cells), return_index=True)[1]


def _fill_from_nearest(
    grid: Grid,
    state: Owners,
    rows: NDArray[np.int64],
    states: Sequence[Shape],
    position: dict[str, int],
) -> None:
    """Give lakes and shores that no state claims to the nearest one."""
    tree = shapely.STRtree([shape.polygon for shape in states])
    nearest = tree.nearest(shapely.points(grid.longitude[rows], grid.latitude[rows]))
    state[rows] = np.array([position[shape.name] for shape in states], dtype=np.int16)[nearest]
