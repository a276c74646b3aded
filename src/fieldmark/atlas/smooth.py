"""Visits to occurrence: how likely somebody who looks for the taxon in that month finds it."""

from dataclasses import dataclass

__all__ = ["SmoothingSpec"]


@dataclass(frozen=True, slots=True)
class SmoothingSpec:
    """The numbers of the smoothing, all of them; docs/decisions/0032 has the formulas.

    ``shrinkage`` is κ, how many visits the word of the wider cell is worth; ``month_shrinkage``
    κ_m, the same for a month against its year; ``neighbour_weight`` ω, what a visit in a cell of
    the ring counts; ``month_weight`` what one in the month before or after counts;
    ``search_visits`` V, how many visits one search is worth; ``range_visits`` κ_e, how many visits
    the word of a source of ranges is worth; ``least`` the occurrence below which a taxon is not
    listed.
    """

    shrinkage: float = 20.0
    month_shrinkage: float = 10.0
    neighbour_weight: float = 0.3
    month_weight: float = 0.5
    search_visits: float = 10.0
    range_visits: float = 20.0
    least: float = 0.005
