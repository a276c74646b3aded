"""Other ways to make an atlas of the same counts, and ours with something left out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.evaluation.predictions import Method, Question, by_smoothing
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.smoothing import SmoothingSpec
from fieldmark.atlas.smoothing.occurrence import occurrence_of
from fieldmark.domain.area import MONTHS

__all__ = ["ablations", "cell_visits", "pseudo_count_grid"]

_PSEUDO: Final = 2.0
"""k of the pseudo-count grid."""

FloatArray = NDArray[np.float64]


def pseudo_count_grid(spec: SmoothingSpec, *, by_month: bool) -> Method:
    """Return the grid of counts with pseudo-counts, by cell or by cell and month.

    Its p = (n + k - 1) / (N + C(k - 1)) of C taxa is read as a rate per visit, and becomes
    occurrence as ours does.

    Source: Mac Aodha et al. 2019, "Presence-only geographical priors for fine-grained image
    classification", grid baseline.
    """

    def method(counts: CellCounts, question: Question) -> FloatArray:
        found, visits = cell_visits(counts, question)
        if not by_month:
            found = np.repeat(found.sum(axis=2, keepdims=True), MONTHS, axis=2)
            visits = np.repeat(visits.sum(axis=2, keepdims=True), MONTHS, axis=2)
        extra = _PSEUDO - 1.0
        rate = (found[..., :MONTHS] + extra) / (visits[..., :MONTHS] + question.taxa.size * extra)
        return occurrence_of(rate, None, spec)

    return method


def ablations(spec: SmoothingSpec) -> Mapping[str, Method]:
    """Return ours without one thing each."""
    return {
        "without neighbours": by_smoothing(replace(spec, neighbour_weight=0.0)),
        "without months": by_smoothing(replace(spec, season_shrinkage=np.inf)),
        "without effort": _without_effort(spec),
    }


def cell_visits(counts: CellCounts, question: Question) -> tuple[FloatArray, FloatArray]:
    """Return finds and visits of the target group, ``[T, C, 13]`` each."""
    found = np.zeros((question.taxa.size, question.cells.size, MONTHS + 1))
    taxon, known = _at(counts.taxon_id, question.taxa)
    cell, held = _at(counts.found_cell, question.cells)
    both = known & held
    np.add.at(found, (taxon[both], cell[both]), counts.found[both])
    visits = np.zeros_like(found)
    groups = np.array([counts.group_of.get(id_, 0) for id_ in question.taxa.tolist()])
    for group in np.unique(groups).tolist():
        of_group = np.zeros((question.cells.size, MONTHS + 1))
        rows = np.flatnonzero(counts.group == group)
        at, held = _at(counts.effort_cell[rows], question.cells)
        np.add.at(of_group, at[held], counts.effort[rows[held]])
        visits[groups == group] = of_group
    return found, visits


def _without_effort(spec: SmoothingSpec) -> Method:
    """Return ours on counts that say of every cell that it was visited as often as all others."""

    def method(counts: CellCounts, question: Question) -> FloatArray:
        mean = np.broadcast_to(counts.effort.mean(axis=0), counts.effort.shape)
        return by_smoothing(spec)(replace(counts, effort=mean.copy()), question)

    return method


def _at(
    wanted: NDArray[np.integer], held: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    at = np.minimum(held.searchsorted(wanted), max(held.size - 1, 0))
    return at, held[at] == wanted
