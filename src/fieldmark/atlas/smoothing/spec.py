"""The numbers of the smoothing, all in one place, each with where it comes from."""

from dataclasses import dataclass

__all__ = ["SmoothingSpec"]


@dataclass(frozen=True, slots=True)
class SmoothingSpec:
    """The numbers of the smoothing; docs/decisions/0032 has the formulas.

    All but V and the least were tuned on made-up worlds, those of seeds 101 to 103 of
    ``evaluation.world``, for the loss per visit and per find on held-out blocks and visits; around
    the optimum the loss is flat (docs/benchmarks.md). V and the least are conventions: a day in
    the field is about ten visits to places of a bin's size, and what ten such days in a thousand
    would find fills lists without helping anybody.

    ``shrinkage`` is κ, how many visits the word of what lies around a base cell is worth against
    the cell's own; no cell's word is worth more than that many visits to what is wider.
    ``wide_shrinkage`` is the same for a cell of a coarser level; ``ring_shrinkage`` for a ring of
    neighbours against the wider cell. ``neighbour_weight`` is ω, what a visit in a cell of the ring
    counts. ``month_weight`` is what a visit in the month before or after counts;
    ``season_shrinkage`` A, how many finds the season of the wider cell is worth.
    ``search_visits`` is V, how many visits one search is worth; ``range_visits`` κ_e, how many
    the word of a source of ranges is worth, and ``range_most`` the occurrence that its highest word
    is read as beside visits: nothing is found on every search. ``least`` is the occurrence below
    which a taxon is not listed.
    """

    shrinkage: float = 40.0
    wide_shrinkage: float = 160.0
    ring_shrinkage: float = 40.0
    neighbour_weight: float = 1.0
    month_weight: float = 0.75
    season_shrinkage: float = 2.0
    search_visits: int = 10
    range_visits: float = 10.0
    range_most: float = 0.9
    least: float = 0.005
