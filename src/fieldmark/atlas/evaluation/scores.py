"""What an atlas said against what was held out: visits, and the truth where it is known."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.smoothing import SmoothingSpec
from fieldmark.atlas.smoothing.occurrence import occurrence_of, rate_of
from fieldmark.domain.area import MONTHS

__all__ = ["Bin", "HeldOut", "Scores", "scored"]

_BINS: Final = 10
_TINY: Final = 1e-12

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """``found``, ``visits`` ``[T, C, 13]``; ``rate`` ``[T, C, 12]``, the truth, where known."""

    found: FloatArray
    visits: FloatArray
    rate: FloatArray | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Of all that was said with about this occurrence: how often said, mean said, mean true."""

    size: int
    said: float
    true: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How good an atlas is; ``listed`` and ``truly_listed`` are means over cells and months.

    ``visit_loss`` is in nats per visit, over all taxa: is each found on it or not? ``find_loss`` in
    nats per find: which taxon is it? ``calibration_error`` is the mean distance of what was said
    from what came true, over bins of what was said (ECE); ``error`` that of each single figure.
    What there is nothing to measure by is NaN.
    """

    visit_loss: float
    find_loss: float
    recall: float
    precision: float
    listed: float
    truly_listed: float
    calibration_error: float
    error: float
    bins: tuple[Bin, ...]


def scored(
    said: FloatArray, held_out: HeldOut, expected_from: float, spec: SmoothingSpec
) -> Scores:
    """Return the scores of the occurrence ``[T, C, 12]`` that an atlas says."""
    true, known = _truth(held_out, spec)
    expected, present = said >= expected_from, true >= expected_from
    hits = float((expected & present & known).sum())
    months = float(known.any(axis=0).sum())
    bins = _binned(said[known], true[known])
    off = sum(part.size * abs(part.said - part.true) for part in bins)
    return Scores(
        visit_loss=_visit_loss(said, held_out, spec),
        find_loss=_find_loss(said, held_out, spec),
        recall=_over(hits, float((present & known).sum())),
        precision=_over(hits, float((expected & known).sum())),
        listed=_over(float((expected & known).sum()), months),
        truly_listed=_over(float((present & known).sum()), months),
        calibration_error=_over(off, float(known.sum())),
        error=_over(float(np.abs(said - true)[known].sum()), float(known.sum())),
        bins=bins,
    )


def _over(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _truth(held_out: HeldOut, spec: SmoothingSpec) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return true occurrence, and where it is known.

    Where only visits are known: how likely V of them, drawn from all N of the month, hold a find,
    which is free of bias; it needs N of at least V. A generated truth is known in all months.
    """
    if held_out.rate is not None:
        return occurrence_of(held_out.rate, None, spec), np.ones(held_out.rate.shape, dtype=bool)
    visits, found = held_out.visits[..., :MONTHS], held_out.found[..., :MONTHS]
    drawn = spec.search_visits
    missed = np.ones(visits.shape)
    for step in range(drawn):
        left = np.maximum(visits - step, 1.0)
        missed *= np.clip((visits - found - step) / left, 0.0, 1.0)
    return 1.0 - missed, visits >= drawn


def _rates(said: FloatArray, spec: SmoothingSpec) -> FloatArray:
    """Return rates ``[T, C, 13]``; what is not listed has half of the least that is."""
    rate = rate_of(np.maximum(said, spec.least / 2.0), spec)
    return np.concatenate([rate, rate.mean(axis=2, keepdims=True)], axis=2)


def _visit_loss(said: FloatArray, held_out: HeldOut, spec: SmoothingSpec) -> float:
    rate = np.clip(_rates(said, spec), _TINY, 1.0 - _TINY)
    missed = np.maximum(held_out.visits - held_out.found, 0.0)
    loss = -(held_out.found * np.log(rate) + missed * np.log1p(-rate)).sum()
    return float(loss / max(held_out.visits.max(axis=0, initial=0.0).sum(), 1.0))


def _find_loss(said: FloatArray, held_out: HeldOut, spec: SmoothingSpec) -> float:
    rate = _rates(said, spec)
    share = rate / rate.sum(axis=0, keepdims=True)
    finds = held_out.found.sum()
    return float(-(held_out.found * np.log(share)).sum() / max(finds, 1.0))


def _binned(said: FloatArray, true: FloatArray) -> tuple[Bin, ...]:
    number = np.minimum((said * _BINS).astype(np.int64), _BINS - 1)
    size = np.bincount(number, minlength=_BINS)
    sums = [np.bincount(number, weights=part, minlength=_BINS) for part in (said, true)]
    held = np.maximum(size, 1)
    return tuple(
        Bin(int(n), float(s / d), float(t / d))
        for n, s, t, d in zip(size, *sums, held, strict=True)
    )
