"""A small earth for tests: two countries side by side, an islet, a strip too thin to hold a cell.

West lies from 0 to 20 degrees east, East from 20 to 40, both from 0 to 30 north; between them, from
20.0 to 20.5 east and 10 to 12 north, Strip. Islet is a speck in the sea at 45 east. Resolution 1.
"""

from typing import Final

import h3.api.basic_int as h3
import numpy as np
import shapely

from fieldmark.atlas.geography import Box, Geography, Grid
from fieldmark.atlas.geography.land import Land
from fieldmark.atlas.geography.places import Member
from fieldmark.atlas.geography.topology import Shape
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.taxon import Rank, Taxon

RESOLUTION: Final = 1
ISLET: Final = (15.0, 45.0)

COUNTRIES: Final = [
    Shape("West", shapely.box(0.0, 0.0, 20.0, 30.0)),
    Shape("East", shapely.box(20.0, 0.0, 40.0, 30.0)),
    Shape("Strip", shapely.box(20.0, 10.0, 20.5, 12.0)),
    Shape("Islet", shapely.box(45.0, 15.0, 45.01, 15.01)),
]

GROUPS: Final = {
    "Both": [Member("West", Box()), Member("East", Box())],
    "All": [Member("Both", Box()), Member("Strip", Box()), Member("Islet", Box())],
    "North": [Member("Both", Box(south=15.0))],
}

SEAS: Final = {"Eastern Sea": [Member(None, Box(0.0, 40.0, 30.0, 60.0))]}

OWL: Final = Taxon(19893, "Strigiformes", "owls", Rank.ORDER)
LION: Final = Taxon(41964, "Panthera leo", "lion", Rank.SPECIES)
WHALE: Final = Taxon(152871, "Cetacea", "whales", Rank.INFRAORDER)
TAXA: Final = Taxa({t.id: t for t in (OWL, LION, WHALE)}, frozenset({OWL.id, LION.id, WHALE.id}))


def geography() -> Geography:
    """Return the small earth; it takes some milliseconds."""
    grid = Grid.over(sorted(h3.grid_disk(h3.latlng_to_cell(15.0, 20.0, RESOLUTION), 7)))
    islands = [{"name": "Rock", "country": "East", "latitude": "-10.0", "longitude": "50.0"}]
    land = Land.drawn(grid, COUNTRIES, [], islands)
    return Geography(grid, land, dict(GROUPS), dict(SEAS))


def cell(latitude: float, longitude: float) -> int:
    """Return the cell of a place at the resolution of the small earth."""
    return h3.latlng_to_cell(latitude, longitude, RESOLUTION)


def held(earth: Geography, *places: str, clip: Box | None = None) -> set[int]:
    """Return the cells that the places hold together."""
    points = np.unique(earth.points(places, clip or Box()))
    return set(earth.grid.cells[earth.holders(points)].tolist())
