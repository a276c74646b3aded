"""Rates of one taxon: visits that found it over visits, from the widest cells down to the base.

At each level the cells around a cell speak first, drawn towards what the wider cell says, and then
the cell itself, drawn towards them. A season goes down likewise, as the shares of a year.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.smoothing.effort import GroupEffort, shrinkage_at, summed_rings
from fieldmark.atlas.smoothing.pyramid import Level, Pyramid, found_at
from fieldmark.atlas.smoothing.spec import SmoothingSpec
from fieldmark.domain.area import MONTHS

__all__ = ["Finds", "Rates", "drawn", "occurrence_of", "rate_of", "rates_by_level"]

FloatArray = NDArray[np.float64]

_MOST: float = 1.0 - 1e-9
"""A rate stays below 1: no number of finds makes the next one certain."""


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """Visits that found the taxon: ``rows`` ``[k]`` of a level, ascending; ``visits`` ``[k, 13]``.

    ``near`` ``[j]`` are the rows around them, ascending, and ``near_visits`` ``[j, 13]`` theirs.
    """

    rows: NDArray[np.intp]
    visits: FloatArray
    near: NDArray[np.intp]
    near_visits: FloatArray

    def at(self, rows: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        """Return finds in and around each of those rows, ``[n, 13]``."""
        return _gathered(rows, self.rows, self.visits), _gathered(rows, self.near, self.near_visits)

    def touched(self) -> NDArray[np.intp]:
        """Return the rows with a find in them or around them."""
        return _union(self.rows, self.near)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """``n`` cells of one level: ``rows`` ascend; ``rate`` ``[n]`` is the mean of the year.

    ``season`` ``[n, 12]`` has mean 1. ``certainty`` ``[n]`` is how many visits the rate is drawn
    from, the word of what lies around counted as κ; ``weight`` ``[n]`` is the same, but that word
    counts what is behind it, which may be nothing.
    """

    rows: NDArray[np.intp]
    rate: FloatArray
    season: FloatArray
    certainty: FloatArray
    weight: FloatArray

    @property
    def monthly(self) -> FloatArray:
        """``[n, 12]``, the rate of each month."""
        return np.minimum(self.rate[:, None] * self.season, _MOST)

    def at(self, rows: NDArray[np.intp]) -> "Rates":
        """Return the same for each of those rows; one that is not there has 0, all year alike."""
        at, held = found_at(rows, self.rows)
        at = np.where(held, at, self.rows.size)
        return Rates(
            rows,
            _picked(self.rate, at, 0.0),
            _picked(self.season, at, 1.0),
            _picked(self.certainty, at, 0.0),
            _picked(self.weight, at, 0.0),
        )


def occurrence_of(
    rate: FloatArray, certainty: FloatArray | None, spec: SmoothingSpec
) -> FloatArray:
    """Return how likely one search, worth V visits, finds what a visit finds at this rate.

    Args:
        rate: per visit.
        certainty: how many visits the rate is drawn from; None where it is exact. A rate that is
            uncertain promises less: V visits to one place succeed and fail together.
        spec: the numbers.

    Source: the beta-binomial distribution; with a rate that is exact, 1 - (1 - r)^V.
    """
    least = np.minimum(rate, _MOST)
    if certainty is None:
        exact: FloatArray = -np.expm1(spec.search_visits * np.log1p(-least))
        return exact
    failures = (1.0 - least) * certainty
    missed, all_ = failures.copy(), certainty.copy()
    for visit in range(1, spec.search_visits):
        missed *= failures + visit
        all_ *= certainty + visit
    return 1.0 - missed / all_


def rate_of(occurrence: FloatArray, spec: SmoothingSpec) -> FloatArray:
    """Return the rate per visit of an occurrence, as if it were exact."""
    return -np.expm1(np.log1p(-np.minimum(occurrence, _MOST)) / spec.search_visits)


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
    finds = _by_level(pyramid, effort, found, spec)
    holders = _holders(pyramid, wanted)
    none = np.zeros(0, dtype=np.intp)
    rates: list[Rates] = []
    nowhere = np.zeros(0)
    wide = Rates(none, nowhere, np.ones((0, MONTHS)), nowhere, nowhere)
    for number, level in enumerate(pyramid.levels):
        if number:
            below = _children(pyramid.levels[number - 1], _promising(wide, spec))
            here = _union(below, finds[number].touched(), holders[number])
        else:
            here = _union(finds[0].touched(), holders[0])
        prior = wide.at(level.parent[here])
        kappa = shrinkage_at(number, pyramid, spec)
        visits, around = (
            table[number].take(here, axis=0) for table in (effort.visits, effort.around)
        )
        wide = drawn((*finds[number].at(here), visits, around), prior, kappa, spec, here)
        rates.append(wide)
    return rates


def drawn(
    counts: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    wide: Rates,
    kappa: float,
    spec: SmoothingSpec,
    rows: NDArray[np.intp],
) -> Rates:
    """Return the rates of ``n`` cells of one level, drawn towards what lies around and above.

    Args:
        counts: ``[n, 13]`` each: finds in and around a cell, visits in and around it.
        wide: the rates of the wider cell of each.
        kappa: how many visits the word of what lies around is worth.
        spec: the other numbers.
        rows: ``[n]``, what the cells are.

    Source: rates drawn to a wider one, n + κ·r over N + κ, with visits weighted by what the season
    lets expect of their months (indirect standardisation): Clayton & Kaldor 1987, "Empirical Bayes
    estimates of age-standardized relative risks".
    """
    found, found_around, visits, visits_around = counts
    own = _standardised(visits, wide.season)
    around = _standardised(visits_around, wide.season)
    near = _drawn(_sums(found_around), around, wide.rate, spec.ring_shrinkage)
    rate = _drawn(_sums(found), own, near, kappa)
    expected = (rate[:, None] * visits + near[:, None] * visits_around)[:, :MONTHS] * wide.season
    season = _season((found + found_around)[:, :MONTHS], expected, wide.season, spec)
    known = around + _credible(wide.weight, spec.ring_shrinkage)
    return Rates(rows, rate, season, own + kappa, own + _credible(known, kappa))


def _credible(visits: FloatArray, kappa: float) -> FloatArray:
    return kappa * visits / (visits + kappa)


def _drawn(found: FloatArray, visits: FloatArray, prior: FloatArray, kappa: float) -> FloatArray:
    return np.minimum((found + kappa * prior) / (visits + kappa), _MOST)


def _standardised(visits: FloatArray, season: FloatArray) -> FloatArray:
    """Return ``[n]``: visits, each weighted by how good its month is for the taxon."""
    weighted: FloatArray = np.einsum("ij,ij->i", visits[:, :MONTHS], season) + visits[:, MONTHS]
    return weighted


def _season(
    found: FloatArray, expected: FloatArray, prior: FloatArray, spec: SmoothingSpec
) -> FloatArray:
    """Return ``[n, 12]``: the wider cell's season, corrected by found over expected.

    What is expected is scaled to what was found, so that a rate that is drawn down makes no season.

    Source: the gamma-Poisson model of a relative risk (Clayton & Kaldor 1987), by month.
    """
    if np.isinf(spec.season_shrinkage):
        return prior
    alpha = spec.season_shrinkage
    total = _sums(expected)
    expected = expected * (_sums(found) / np.where(total > 0.0, total, 1.0))[:, None]
    seen, foreseen = (_with_months_beside(part, spec.month_weight) for part in (found, expected))
    season = prior * (seen + alpha) / (foreseen + alpha)
    scaled: FloatArray = season * (MONTHS / _sums(season))[:, None]
    return scaled


def _with_months_beside(counts: FloatArray, weight: float) -> FloatArray:
    """Return ``[n, 12]``: added to each month the weighted ones before and after it.

    All years are shifted as one, and their first and last months mended: a tenth of the time that
    shifting each takes.
    """
    beside = np.empty(counts.shape)
    months = counts.ravel()
    beside.ravel()[1:-1] = months[:-2] + months[2:]
    beside[:, 0] = counts[:, -1] + counts[:, 1]
    beside[:, -1] = counts[:, -2] + counts[:, 0]
    return counts + weight * beside


def _by_level(
    pyramid: Pyramid,
    effort: GroupEffort,
    found: tuple[NDArray[np.intp], FloatArray],
    spec: SmoothingSpec,
) -> list[Finds]:
    """Return the finds at each level, the widest first; a cell counts as effort counts it."""
    rows, visits = found
    finds: list[Finds] = []
    for number in range(pyramid.resolution, -1, -1):
        level = pyramid.levels[number]
        worth = visits * effort.share[number][rows][:, None]
        near, near_visits = summed_rings(level, rows, spec.neighbour_weight * worth)
        finds.append(Finds(rows, visits, near, near_visits))
        if number and rows.size:
            rows, starts = np.unique(level.parent[rows], return_index=True)
            visits = np.add.reduceat(worth, starts, axis=0)
    return finds[::-1]


def _holders(pyramid: Pyramid, rows: NDArray[np.intp]) -> Sequence[NDArray[np.intp]]:
    """Return the rows that hold those of the base, by level."""
    held = [rows]
    for level in pyramid.levels[:0:-1]:
        held.append(np.unique(level.parent[held[-1]]))
    return held[::-1]


def _promising(rates: Rates, spec: SmoothingSpec) -> NDArray[np.intp]:
    """Return the rows in which a cell without a find could still be listed."""
    best = occurrence_of(rates.monthly.max(axis=1, initial=0.0), None, spec)
    return rates.rows[best >= spec.least]


def _union(*rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each row once, ascending, of rows that ascend: a stable sort merges such runs."""
    merged = np.sort(np.concatenate(rows), kind="stable")
    return merged[np.diff(merged, prepend=-1) > 0]


def _children(level: Level, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    starts, sizes = level.children[rows], np.diff(level.children)[rows]
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(sizes.sum(), dtype=np.intp)


def _gathered(wanted: NDArray[np.intp], rows: NDArray[np.intp], visits: FloatArray) -> FloatArray:
    at, held = found_at(wanted, rows)
    return _picked(visits, np.where(held, at, rows.size), 0.0)


def _picked(values: FloatArray, at: NDArray[np.intp], missing: float) -> FloatArray:
    """Return those values; the one behind the last is what is missing."""
    behind = np.full((1, *values.shape[1:]), missing)
    return np.concatenate([values, behind]).take(at, axis=0)


def _sums(table: FloatArray) -> FloatArray:
    """Return the sum of each row; numpy's own takes four times as long over rows so short."""
    sums: FloatArray = np.einsum("ij->i", table)
    return sums
