"""The numbers of the smoothing, all in one place, each with where it comes from."""

from dataclasses import dataclass

__all__ = ["SmoothingSpec"]


@dataclass(frozen=True, slots=True)
class SmoothingSpec:
    """The numbers of the smoothing; docs/decisions/0032 has the formulas.

    ``shrinkage`` is κ, how many visits the word of what lies around a base cell is worth against
    the cell's own; no cell's word is worth more than that many visits to what is wider.
    ``wide_shrinkage`` is the same for a cell of a coarser level; ``ring_shrinkage`` for a ring of
    neighbours against the wider cell. ``neighbour_weight`` is ω, what a visit in a cell of the ring
    counts. ``month_weight`` is what a visit in the month before or after counts;
    ``season_shrinkage`` A, how many finds the season of the wider cell is worth.
    ``search_visits`` is V, how many visits one search is worth; ``range_visits`` κ_e, how many
    the word of a source of ranges is worth; ``least`` the occurrence below which a taxon is not
    listed.
    """

    shrinkage: float = 20.0
    wide_shrinkage: float = 20.0
    ring_shrinkage: float = 20.0
    neighbour_weight: float = 0.5
    month_weight: float = 0.5
    season_shrinkage: float = 3.0
    search_visits: int = 10
    range_visits: float = 20.0
    least: float = 0.005
