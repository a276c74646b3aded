"""Made-up worlds: what lives where and how easily it is found is known, and so is who looked.

Ranges are smooth random fields over the sphere with a patchy habitat inside; some taxa migrate.
Effort is skewed by orders of magnitude, in place and season, as it is in shared records.
"""

from dataclasses import dataclass, replace
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.records.counts import CellCounts
from fieldmark.domain.area import MONTHS

__all__ = ["World", "WorldSpec", "counted", "generated"]

_EARTH_KM: Final = 6371.0
_MIDDLE: Final = np.array([0.88, 0.32, 0.34])
"""20 N, 20 E as a unit vector."""
_WAVES: Final = 48
"""Plane waves in a random field: enough for its values to be near normal."""

_YEARLY_SHARE: Final = 0.05
"""The share of visits whose month is not known."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """How large a world is, and how well it is looked at.

    ``areas`` counts cells of resolution 0 beside each other; ``visits`` is the mean of a cell that
    anybody visits, ``skew`` the standard deviation of its logarithm, ``unseen`` the share of cells
    that nobody visits.
    """

    seed: int
    taxa: int = 60
    resolution: int = 3
    areas: int = 7
    visits: float = 40.0
    skew: float = 2.0
    unseen: float = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """``rate`` ``[T, C, 12]`` is the truth: how likely one visit finds the taxon.

    ``visits`` ``[C, 13]`` how often anybody looked, ``found`` ``[T, C, 13]`` on how many of them it
    was found; January to December, then visits of which only the year is known.
    """

    spec: WorldSpec
    cells: NDArray[np.int64]
    rate: FloatArray
    visits: NDArray[np.int64]
    found: NDArray[np.int64]


def generated(spec: WorldSpec) -> World:
    """Return the world of that seed."""
    random = np.random.default_rng(spec.seed)
    widest = np.array(sorted(h3.get_res0_cells()), dtype=np.int64)
    nearest = np.argsort(-_on_sphere(widest) @ _MIDDLE, kind="stable")
    homes = widest[nearest[: spec.areas]].tolist()
    cells = np.array(
        sorted(c for home in homes for c in h3.cell_to_children(home, spec.resolution)),
        dtype=np.int64,
    )
    points = _on_sphere(cells)
    rate = np.stack([_taxon(random, points) for _ in range(spec.taxa)])
    visits = _visits(random, points, spec)
    mean = rate.mean(axis=2, keepdims=True)
    found = random.binomial(visits, np.concatenate([rate, mean], axis=2))
    return World(spec, cells, rate, visits, found)


def counted(world: World) -> CellCounts:
    """Return what counting the records of the world gives; taxa are numbered from 1."""
    taxon, cell = np.nonzero(world.found.any(axis=2))
    seen = np.flatnonzero(world.visits.any(axis=1))
    found = world.found[taxon, cell].astype(np.float64)
    return CellCounts(
        resolution=world.spec.resolution,
        taxon_id=(taxon + 1).astype(np.int32),
        found_cell=world.cells[cell],
        found=found,
        records=found,
        group=np.zeros(seen.size, dtype=np.int32),
        effort_cell=world.cells[seen],
        effort=world.visits[seen].astype(np.float64),
        group_of=dict.fromkeys(range(1, world.spec.taxa + 1), 0),
    )


def again(world: World, seed: int) -> World:
    """Return the same world, looked at anew: as often, by other people."""
    random = np.random.default_rng(seed)
    mean = world.rate.mean(axis=2, keepdims=True)
    found = random.binomial(world.visits, np.concatenate([world.rate, mean], axis=2))
    return replace(world, found=found)


def _on_sphere(cells: NDArray[np.int64]) -> FloatArray:
    places = np.radians(np.array([h3.cell_to_latlng(cell) for cell in cells.tolist()]))
    lat, lng = places[:, 0], places[:, 1]
    return np.stack([np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)], axis=1)


def _field(random: np.random.Generator, points: FloatArray, scale_km: float) -> FloatArray:
    """Return a random field with mean 0 and variance 1 that varies over about that distance.

    Source: random Fourier features of a Gaussian process (Rahimi & Recht 2007).
    """
    waves = random.normal(0.0, _EARTH_KM / scale_km, (3, _WAVES))
    phases = random.uniform(0.0, 2.0 * np.pi, _WAVES)
    field: FloatArray = np.cos(points @ waves + phases).sum(axis=1) * np.sqrt(2.0 / _WAVES)
    return field


def _taxon(random: np.random.Generator, points: FloatArray) -> FloatArray:
    """Return ``[C, 12]``, the rate of one taxon."""
    climate = _field(random, points, random.uniform(800.0, 2500.0))
    edge = random.uniform(-0.5, 1.5)
    inside = 1.0 / (1.0 + np.exp(-(climate - edge) / 0.08))
    habitat = np.exp(0.7 * _field(random, points, 250.0) - 0.25)
    detectability = np.exp(random.normal(np.log(0.04), 1.0))
    season = _season(random, points) if random.random() < 0.4 else np.ones((len(points), MONTHS))
    rate: FloatArray = np.minimum(detectability * (inside * habitat)[:, None] * season, 0.8)
    return np.where(rate < 1e-5, 0.0, rate)


def _season(random: np.random.Generator, points: FloatArray) -> FloatArray:
    """Return ``[C, 12]`` with mean 1: a taxon that is away for part of the year, by latitude."""
    peak, strength = random.uniform(0.0, MONTHS), random.uniform(1.0, 4.0)
    shift = 2.0 * points[:, 2]
    angle = 2.0 * np.pi * (np.arange(MONTHS) - peak - shift[:, None]) / MONTHS
    shape = np.exp(strength * np.cos(angle))
    scaled: FloatArray = shape / shape.mean(axis=1, keepdims=True)
    return scaled


def _visits(random: np.random.Generator, points: FloatArray, spec: WorldSpec) -> NDArray[np.int64]:
    """Return ``[C, 13]``: most visits in few cells, near each other, and in the warm months."""
    spread = np.sqrt(0.5) * (_field(random, points, 400.0) + random.normal(0.0, 1.0, len(points)))
    total = np.exp(spec.skew * spread)
    total *= spec.visits / total.mean()
    total[random.random(len(points)) < spec.unseen] = 0.0
    angle = 2.0 * np.pi * (np.arange(MONTHS) - 5.5) / MONTHS
    shape = np.exp(0.8 * np.cos(angle))
    months = np.append(shape / shape.sum() * (1.0 - _YEARLY_SHARE), _YEARLY_SHARE)
    visits: NDArray[np.int64] = random.poisson(total[:, None] * months)
    return visits
