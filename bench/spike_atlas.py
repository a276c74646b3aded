"""An atlas made up for the spike, and the areas that people ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas_format import QUANTA, pack_range, pack_record
from fieldmark.domain.area import CellRecord, Release
from fieldmark.domain.taxon import Rank, Taxon

__all__ = ["NAME", "Asked", "busy_cells", "kin_of", "made_up", "popular", "quiet"]

NAME = "spike-2026.11"
RESOLUTION = 4
TAXA = 4_000
PATTERNS = 3_000
MONTHS_ASKED = (7, 10, 11)
"""Areas are cells in months: photos of one week are of now, and of the last holidays."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One area as a request names it: a place in a cell, and a month."""

    latitude: float
    longitude: float
    month: int


def busy_cells(cells: int, seed: int = 4) -> list[int]:
    """Return so many cells: neighbourhoods of seven, here and there on Earth."""
    chance = np.random.default_rng(seed)
    found: dict[int, None] = {}
    while len(found) < cells:
        latitude, longitude = chance.uniform(-50.0, 65.0), chance.uniform(-180.0, 180.0)
        found |= dict.fromkeys(h3.grid_disk(h3.latlng_to_cell(latitude, longitude, RESOLUTION), 1))
    return list(found)[:cells]


def popular(cells: Sequence[int], areas: int, seed: int = 5) -> tuple[list[Asked], list[float]]:
    """Return so many areas over the cells and the share of requests for each (Zipf, exponent 1)."""
    chance = np.random.default_rng(seed)
    asked = [Asked(*h3.cell_to_latlng(cell), month) for month in MONTHS_ASKED for cell in cells]
    order = chance.permutation(len(asked))[:areas]
    weights = 1.0 / np.arange(1, areas + 1)
    return [asked[place] for place in order], list(weights / weights.sum())


def quiet() -> Asked:
    """Return an area that is none of the busy ones."""
    return Asked(-60.0, 0.0, MONTHS_ASKED[0])


def kin_of(asked: Asked) -> list[int]:
    """Return the cells that the features of an area are looked for in: its own and its parents."""
    cell = h3.latlng_to_cell(asked.latitude, asked.longitude, RESOLUTION)
    return [h3.cell_to_parent(cell, level) for level in range(RESOLUTION + 1)]


def made_up(cells: Sequence[int], seed: int = 4) -> ReleaseContent:
    """Return a release of those cells, the quiet one and all parents, 85 to 170 taxa in each."""
    chance = np.random.default_rng(seed)
    years = np.clip(chance.normal(0.4, 0.25, (PATTERNS, 12)), 1 / QUANTA, 1).astype(np.float32)
    known = np.arange(1, TAXA, dtype=np.int32)
    cells = [*cells, h3.latlng_to_cell(quiet().latitude, quiet().longitude, RESOLUTION)]
    kin = [h3.cell_to_parent(cell, level) for level in range(RESOLUTION) for cell in cells]
    places = list(dict.fromkeys([*cells, *kin]))
    records: list[bytes] = []
    while len(records) < len(places):
        records += _neighbours(chance, years, 7)
    return ReleaseContent(
        release=Release(
            name=NAME,
            resolution=RESOLUTION,
            coarsest=0,
            expected_from=0.1,
            known=known,
            starter=False,
            licence="CC0-1.0",
            sources=("made up",),
            built_on="2026-11-26",
        ),
        taxa=[Taxon(int(id_), f"Taxon {id_}", None, Rank.SPECIES) for id_ in known],
        records=records[: len(places)],
        cells={cell: number for number, cell in enumerate(places)},
        ranges={int(id_): pack_range({cells[0]: 1}) for id_ in known},
    )


def _neighbours(chance: np.random.Generator, years: NDArray[np.float32], cells: int) -> list[bytes]:
    """Return the records of some cells: each lacks some taxa of the region that they share."""
    region = np.sort(chance.choice(np.arange(1, TAXA, dtype=np.int32), 170, replace=False))
    year = years[chance.choice(chance.choice(PATTERNS, 40), region.size)]
    records = []
    for _ in range(cells):
        here = np.sort(chance.choice(region.size, chance.integers(85, 170), replace=False))
        best = np.ones(here.size, dtype=np.float32)
        records.append(pack_record(CellRecord(region[here], year[here], best)))
    return records
