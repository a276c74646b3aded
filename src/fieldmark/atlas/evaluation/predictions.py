"""What an atlas says of cells that it was, or was not, told of: occurrence as a request reads it.

A cell without a record is spoken for by the nearest wider one with a record, as in ``lookup``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.aggregate import Holders, release_rows
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.rows import BaseRows, ReleaseRows, rows_of_evidence
from fieldmark.atlas.smoothing import SmoothingSpec, smooth
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas_format import QUANTA, parents_of
from fieldmark.domain.area import MONTHS

__all__ = ["Method", "Question", "by_ranges", "by_smoothing"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which ``T`` taxa, ascending, in which ``C`` cells of one resolution."""

    taxa: NDArray[np.int32]
    cells: NDArray[np.int64]
    resolution: int


Method = Callable[[CellCounts, Question], FloatArray]
"""Learns from counts and answers with occurrence ``[T, C, 12]``."""


def by_smoothing(spec: SmoothingSpec, evidence: Evidence | None = None) -> Method:
    """Return the method that makes a release of the counts, and of ranges, and reads it."""

    def method(counts: CellCounts, question: Question) -> FloatArray:
        smoothed = smooth(counts, evidence, spec)
        released = _released(smoothed.rows, smoothed.base, counts.resolution, all_count=False)
        return _answered(released, smoothed.cells, question)

    return method


def by_ranges(evidence: Evidence) -> Method:
    """Return the method that makes a release of sources of ranges alone, as the starter is."""

    def method(_counts: CellCounts, question: Question) -> FloatArray:
        rows = rows_of_evidence(evidence)
        cells = np.unique(evidence.cell)
        released = _released(rows, cells, question.resolution, all_count=True)
        everywhere = np.union1d(released.cell, question.cells)
        return _answered(released, everywhere, question)

    return method


def _released(
    rows: Iterable[BaseRows], base: NDArray[np.int64], resolution: int, *, all_count: bool
) -> ReleaseRows:
    holders = Holders.of(base, resolution, all_count=all_count)
    return ReleaseRows.joined(list(release_rows(rows, holders))).ordered()


def _answered(rows: ReleaseRows, with_record: NDArray[np.int64], question: Question) -> FloatArray:
    """Return what the release says, ``with_record`` being all the cells that it has one of."""
    held = set(with_record.tolist())
    source = _sources(question, held)
    answer = np.zeros((question.taxa.size, question.cells.size, MONTHS))
    starts = rows.cell.searchsorted(source)
    ends = rows.cell.searchsorted(source, side="right")
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        at = question.taxa.searchsorted(rows.taxon_id[start:end])
        at = np.minimum(at, question.taxa.size - 1)
        asked = question.taxa[at] == rows.taxon_id[start:end]
        answer[at[asked], number] = rows.months[start:end][asked] / QUANTA
    return answer


def _sources(question: Question, held: set[int]) -> NDArray[np.int64]:
    """Return for each cell the one that speaks for it; itself where none does."""
    chosen: Mapping[int, int] = {}
    lines = [question.cells]
    for number in range(question.resolution, 0, -1):
        lines.append(parents_of(lines[-1], number))
    chosen = {
        line[0]: next((cell for cell in line if cell in held), line[0])
        for line in zip(*(level.tolist() for level in lines), strict=True)
    }
    return np.array([chosen[cell] for cell in question.cells.tolist()], dtype=np.int64)
