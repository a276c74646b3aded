"""The evaluation: each method, learned from what is known, scored on what was held out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.evaluation.folds import Fold, by_block, by_visit
from fieldmark.atlas.evaluation.predictions import Method, Question
from fieldmark.atlas.evaluation.rivals import cell_visits
from fieldmark.atlas.evaluation.scores import HeldOut, Scores, scored
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.smoothing import SmoothingSpec

__all__ = ["Design", "Evaluation", "Truth", "evaluated", "lines", "lost_to"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """``rate`` ``[T, C, 12]`` per visit of ``taxa`` and ``cells``, both ascending."""

    taxa: NDArray[np.int32]
    cells: NDArray[np.int64]
    rate: FloatArray


@dataclass(frozen=True, slots=True)
class Design:
    """How to hold out: ``folds`` of blocks, a ``share`` of the visits, both drawn by ``seed``."""

    folds: int = 5
    share: float = 0.3
    seed: int = 1
    expected_from: float = 0.1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by method where blocks were held out, and where visits were."""

    cells: int
    blocks: Mapping[str, Scores]
    visits: Mapping[str, Scores]


def evaluated(
    counts: CellCounts,
    methods: Mapping[str, Method],
    spec: SmoothingSpec,
    design: Design,
    truth: Truth | None = None,
) -> Evaluation:
    """Return how good each method is, on blocks of the earth and on visits that it has not seen."""
    blocks = list(by_block(counts, design.folds, design.seed))
    visits = [by_visit(counts, design.share, design.seed)]
    return Evaluation(
        cells=np.unique(counts.effort_cell).size,
        blocks=dict(_by_method(blocks, methods, spec, design, truth)),
        visits=dict(_by_method(visits, methods, spec, design, truth)),
    )


def _by_method(
    folds: Sequence[Fold],
    methods: Mapping[str, Method],
    spec: SmoothingSpec,
    design: Design,
    truth: Truth | None,
) -> Iterator[tuple[str, Scores]]:
    asked = [_question(fold) for fold in folds]
    held = _joined(_held_out(f, q, truth) for f, q in zip(folds, asked, strict=True))
    for name, method in methods.items():
        said = [method(fold.known, question) for fold, question in zip(folds, asked, strict=True)]
        yield name, scored(np.concatenate(said, axis=1), held, design.expected_from, spec)


def _question(fold: Fold) -> Question:
    taxa = np.union1d(fold.known.taxon_id, fold.held_out.taxon_id)
    everyone = np.array(sorted(fold.known.group_of), dtype=np.int32)
    cells = np.unique(fold.held_out.effort_cell)
    return Question(np.union1d(taxa, everyone), cells, fold.known.resolution)


def _held_out(fold: Fold, question: Question, truth: Truth | None) -> HeldOut:
    found, visits = cell_visits(fold.held_out, question)
    if truth is None:
        return HeldOut(found, visits, None)
    taxa = truth.taxa.searchsorted(question.taxa)
    cells = truth.cells.searchsorted(question.cells)
    return HeldOut(found, visits, truth.rate[np.ix_(taxa, cells)])


def _joined(parts: Iterable[HeldOut]) -> HeldOut:
    every = list(parts)
    rates = [part.rate for part in every if part.rate is not None]
    return HeldOut(
        np.concatenate([part.found for part in every], axis=1),
        np.concatenate([part.visits for part in every], axis=1),
        np.concatenate(rates, axis=1) if rates else None,
    )


_HEAD: Final = (
    "| | nats per visit | nats per find | recall | precision | listed | calibration | error |",
    "|---|---|---|---|---|---|---|---|",
)


def lines(scores: Mapping[str, Scores]) -> Iterator[str]:
    """Yield a table of the scores, in Markdown."""
    yield from _HEAD
    for name, s in scores.items():
        line = (
            f"| {name} | {s.visit_loss:.3f} | {s.find_loss:.3f} | {s.recall:.1%} "
            f"| {s.precision:.1%} | {s.listed:.1f} ({s.truly_listed:.1f}) "
            f"| {s.calibration_error:.3f} | {s.error:.3f} |"
        )
        yield line.replace("nan%", "-").replace("nan", "-")


def lost_to(ours: Scores, rival: Scores) -> Sequence[str]:
    """Return what the rival is better at."""
    better = {
        "nats per visit": rival.visit_loss < ours.visit_loss,
        "nats per find": rival.find_loss < ours.find_loss,
        "recall": rival.recall > ours.recall,
        "precision": rival.precision > ours.precision,
        "calibration": rival.calibration_error < ours.calibration_error,
        "mean error": rival.error < ours.error,
    }
    return [name for name, lost in better.items() if lost]
