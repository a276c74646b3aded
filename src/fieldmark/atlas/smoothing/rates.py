"""Rates of one taxon: visits that found it over visits, from the widest cells down to the base.

At each level the cells around a cell speak first, drawn towards what the wider cell says, and then
the cell itself, drawn towards them. A season goes down likewise, as the shares of a year. Most
cells are far from any find: what they have of the wider cell's rate is computed first, and where
that can be listed in no month, no more; their season is the wider cell's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.rows import found_at
from fieldmark.atlas.smoothing.effort import GroupEffort, shrinkage_at
from fieldmark.atlas.smoothing.finds import Finds, finds_by_level, union
from fieldmark.atlas.smoothing.occurrence import MOST, least_rate
from fieldmark.atlas.smoothing.pyramid import Level, Pyramid
from fieldmark.atlas.smoothing.season import season_of, sums
from fieldmark.atlas.smoothing.spec import SmoothingSpec
from fieldmark.domain.area import MONTHS

__all__ = ["Rates", "blocks", "rates_by_level"]

FloatArray = NDArray[np.float64]

_BLOCK: Final = 2_048
"""Rows: 200 KB a table of months."""


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """``n`` cells of one level: ``rows`` ascend; ``rate`` ``[n]`` is the mean of the year.

    ``season`` ``[n, 12]`` has mean 1, and ``peak`` ``[n]`` is its highest. ``certainty`` ``[n]`` is
    how many visits the rate is drawn from, the word of what lies around counted as κ; ``weight``
    ``[n]`` is the same, but that word counts what is behind it, which may be nothing.
    """

    rows: NDArray[np.intp]
    rate: FloatArray
    season: FloatArray
    peak: FloatArray
    certainty: FloatArray
    weight: FloatArray

    @classmethod
    def none(cls) -> "Rates":
        """Return those of no cell."""
        nowhere = np.zeros(0)
        rows, season = np.zeros(0, dtype=np.intp), np.ones((0, MONTHS))
        return cls(rows, nowhere, season, nowhere, nowhere, nowhere)

    def part(self, rows: slice | NDArray[np.intp]) -> "Rates":
        """Return some of the cells."""
        return Rates(
            self.rows[rows],
            self.rate[rows],
            self.season[rows],
            self.peak[rows],
            self.certainty[rows],
            self.weight[rows],
        )

    @property
    def monthly(self) -> FloatArray:
        """``[n, 12]``, the rate of each month."""
        return np.minimum(self.rate[:, None] * self.season, MOST)

    def promising(self, spec: SmoothingSpec) -> NDArray[np.bool_]:
        """Return in which cells the taxon may be listed: an exact rate would be, ``[n]``."""
        promises: NDArray[np.bool_] = self.rate * self.peak >= least_rate(spec)
        return promises


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What the wider cells say of ``n`` cells: ``at`` ``[n]`` is which of the ``rates`` each has.

    The last of these is of a cell that is not there: rate 0, all year alike.
    """

    rates: Rates
    at: NDArray[np.intp]

    @classmethod
    def of(cls, rates: Rates, rows: NDArray[np.intp]) -> "Prior":
        """Return those of the wider cells of these rows."""
        at, held = found_at(rows, rates.rows)
        behind = Rates(
            np.append(rates.rows, -1),
            np.append(rates.rate, 0.0),
            np.concatenate([rates.season, np.ones((1, MONTHS))]),
            np.append(rates.peak, 1.0),
            np.append(rates.certainty, 0.0),
            np.append(rates.weight, 0.0),
        )
        return cls(behind, np.where(held, at, rates.rows.size))

    def part(self, rows: NDArray[np.intp]) -> "Prior":
        """Return it for some of the cells."""
        return Prior(self.rates, self.at[rows])

    @property
    def rate(self) -> FloatArray:
        """``[n]``."""
        return self.rates.rate.take(self.at)

    @property
    def peak(self) -> FloatArray:
        """``[n]``."""
        return self.rates.peak.take(self.at)

    @property
    def weight(self) -> FloatArray:
        """``[n]``."""
        return self.rates.weight.take(self.at)

    @property
    def season(self) -> FloatArray:
        """``[n, 12]``."""
        return self.rates.season.take(self.at, axis=0)


def rates_by_level(
    pyramid: Pyramid,
    effort: GroupEffort,
    found: tuple[NDArray[np.intp], FloatArray],
    spec: SmoothingSpec,
    wanted: NDArray[np.intp],
) -> list[Rates]:
    """Return the rates of one taxon by level, the widest first, where they are not next to 0.

    Args:
        pyramid: the cells.
        effort: of the taxon's target group.
        found: base cells ``[k]`` in which it was found, ascending, and visits ``[k, 13]`` there.
        spec: the numbers.
        wanted: base cells, ascending, that have to be among the last, whatever their rate.
    """
    rates: list[Rates] = []
    wide, below = Rates.none(), np.zeros(0, dtype=np.intp)
    levels = zip(
        pyramid.levels,
        finds_by_level(pyramid, effort, found, spec, wanted),
        zip(effort.visits, effort.around, strict=True),
        strict=True,
    )
    for number, (level, finds, visits) in enumerate(levels):
        here = union(below, finds.kept)
        prior = Prior.of(wide, level.parent[here])
        kappa = shrinkage_at(number, pyramid, spec)
        wide = _rates(here, finds, visits, prior, kappa, spec)
        rates.append(wide)
        if number < pyramid.resolution:
            below = _children(level, wide.rows[wide.promising(spec)])
    return rates


def _rates(
    here: NDArray[np.intp],
    finds: Finds,
    visits: tuple[FloatArray, FloatArray],
    prior: Prior,
    kappa: float,
    spec: SmoothingSpec,
) -> Rates:
    """Return the rates of cells of one level, drawn towards what lies around and above.

    Args:
        here: ``[n]``, what the cells are. Those that hold no promise are left out of the outcome,
            unless ``finds`` has them kept.
        finds: of the level.
        visits: ``[C, 13]`` each: in and around every cell of the level.
        prior: what the wider cells say.
        kappa: how many visits the word of what lies around is worth.
        spec: the other numbers.

    Source: rates drawn to a wider one, n + κ·r over N + κ, with visits weighted by what the season
    lets expect of their months (indirect standardisation): Clayton & Kaldor 1987, "Empirical Bayes
    estimates of age-standardized relative risks".
    """
    own, around = _standardised(here, visits, prior)
    found, found_around = (
        _totals(here, rows, of_rows)
        for rows, of_rows in ((finds.rows, finds.visits), (finds.near, finds.near_visits))
    )
    near = _drawn(found_around, around, prior.rate, spec.ring_shrinkage)
    rate = _drawn(found, own, near, kappa)
    told = rate * prior.peak >= least_rate(spec)
    told[here.searchsorted(finds.kept)] = True
    rows = np.flatnonzero(told)
    here, prior = here[rows], prior.part(rows)
    rate, near, own, around = (column[rows] for column in (rate, near, own, around))
    season, peak = prior.season, prior.peak
    at = here.searchsorted(finds.touched)
    season[at] = _seasons(finds, visits, (rate[at], near[at]), season[at], spec)
    peak[at] = season[at].max(axis=1, initial=0.0)
    known = around + _credible(prior.weight, spec.ring_shrinkage)
    return Rates(here, rate, season, peak, own + kappa, own + _credible(known, kappa))


def _seasons(
    finds: Finds,
    visits: tuple[FloatArray, FloatArray],
    rates: tuple[FloatArray, FloatArray],
    prior: FloatArray,
    spec: SmoothingSpec,
) -> FloatArray:
    """Return the seasons of the cells that finds touch, ``[n, 12]``.

    Args:
        finds: of the level.
        visits: in and around every cell of the level.
        rates: ``[n]`` each: in and around those cells.
        prior: ``[n, 12]``, the season of the wider cell.
        spec: the numbers.
    """
    rows = finds.touched
    found = np.zeros((rows.size, MONTHS))
    found[rows.searchsorted(finds.rows)] = finds.visits[:, :MONTHS]
    found[rows.searchsorted(finds.near)] += finds.near_visits[:, :MONTHS]
    expected = np.zeros((rows.size, MONTHS))
    for rate, table in zip(rates, visits, strict=True):
        expected += rate[:, None] * table.take(rows, axis=0)[:, :MONTHS]
    return season_of(found, expected * prior, prior, spec)


def _standardised(
    here: NDArray[np.intp], visits: tuple[FloatArray, FloatArray], prior: Prior
) -> tuple[FloatArray, FloatArray]:
    """Return visits in and around each cell, each weighted by how good its month is, ``[n]``."""
    own, around = np.empty(here.size), np.empty(here.size)
    for rows in blocks(here.size):
        season = prior.rates.season.take(prior.at[rows], axis=0)
        for table, weighted in zip(visits, (own, around), strict=True):
            those = table.take(here[rows], axis=0)
            weighted[rows] = np.einsum("ij,ij->i", those[:, :MONTHS], season) + those[:, MONTHS]
    return own, around


def _totals(here: NDArray[np.intp], rows: NDArray[np.intp], visits: FloatArray) -> FloatArray:
    """Return for each cell the sum of what is of its row, ``[n]``; every row is among them."""
    totals = np.zeros(here.size)
    totals[here.searchsorted(rows)] = sums(visits)
    return totals


def _credible(visits: FloatArray, kappa: float) -> FloatArray:
    return kappa * visits / (visits + kappa)


def _drawn(found: FloatArray, visits: FloatArray, prior: FloatArray, kappa: float) -> FloatArray:
    return np.minimum((found + kappa * prior) / (visits + kappa), MOST)


def _children(level: Level, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    starts, sizes = level.children[rows], np.diff(level.children)[rows]
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(sizes.sum(), dtype=np.intp)


def blocks(rows: int) -> Iterator[slice]:
    """Yield all rows in blocks whose tables of months stay in a core's cache."""
    return (slice(start, start + _BLOCK) for start in range(0, rows, _BLOCK))
