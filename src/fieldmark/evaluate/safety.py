"""Safety: from which score on an answer holds in nineteen of twenty photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Best, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.ranking import best_of
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate.looks import Case
from fieldmark.evaluate.methods import scores_of

__all__ = ["PRECISION", "Claim", "claim_of", "lowest_safe", "safe_thresholds"]

PRECISION: Final = 0.95
_SINGLE: Final = tuple(round(0.5 + 0.01 * k, 2) for k in range(50))
_GROUP: Final = tuple(round(0.5 + 0.05 * k, 2) for k in range(10))


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer calls the animal (None: no animal), and whether that is true."""

    best: Best | None
    right: bool

    @property
    def confident(self) -> bool:
        """Tell whether the answer says that it is safe."""
        return self.best is not None and self.best.confident


def claim_of(
    case: Case, vocabulary: Vocabulary, total: NDArray[np.float64], thresholds: Thresholds
) -> Claim:
    """Return what the pipeline would call the animal.

    A single animal is right if its taxon is accepted; a group, or any name where the model has no
    class for the animal, if it is true to say so.
    """
    not_an_animal = max(0.0, 1.0 - float(total.sum()))
    best = best_of(vocabulary, total, not_an_animal, thresholds)
    if best is None:
        return Claim(None, right=False)
    if best.rolled_up or not case.truth.has_class:
        return Claim(best, case.truth.holds(best.taxon))
    return Claim(best, bool(case.truth.right[0][int(np.argmax(total))]))


def safe_thresholds(
    cases: Sequence[Case], vocabulary: Vocabulary, spec: FusionSpec, start: Thresholds
) -> Thresholds:
    """Return the lowest thresholds above which the stated precision holds on these photos.

    ``confident_at`` is set on the first animals, also of photos that the model has no class for:
    they are wrong at any score. Left out are the near relatives among those, of the same genus as
    the first animal: no score tells an alpaca from a llama, and how many there are is up to whoever
    chose the photos. ``roll_up_at`` is set on the groups of what is not stated alone. No group may
    be stated below ½, where two groups of one rank could both be. ``not_an_animal_at`` stays.
    """
    totals = [scores_of("Fieldmark", case, vocabulary, spec) for case in cases]
    confident_at = _confident_at(cases, vocabulary, totals)
    for roll_up_at in _GROUP:
        tried = Thresholds(confident_at, roll_up_at, start.not_an_animal_at)
        claims = [claim_of(*pair, tried) for pair in _zip(cases, vocabulary, totals)]
        groups = [claim.right for claim in claims if claim.best and claim.best.rolled_up]
        if sum(groups) >= PRECISION * len(groups):
            break
    return tried


def _confident_at(
    cases: Sequence[Case], vocabulary: Vocabulary, totals: Sequence[NDArray[np.float64]]
) -> float:
    alone = Thresholds(0.0, 1.0, 1.0)
    judged = [
        (float(total.max()), claim_of(case, vocabulary, total, alone).right)
        for case, total in zip(cases, totals, strict=True)
        if case.truth.has_class or not case.truth.right[1][int(np.argmax(total))]
    ]
    scores = np.array([score for score, _ in judged])
    right = np.array([is_right for _, is_right in judged], dtype=np.bool_)
    return lowest_safe(scores, right, _SINGLE)


def lowest_safe(
    scores: NDArray[np.float64], right: NDArray[np.bool_], grid: Sequence[float]
) -> float:
    """Return the lowest of the thresholds from which on the answers are precise enough.

    The highest of them where none is, or where nothing reaches any.
    """
    for threshold in grid:
        stated = scores >= threshold
        if stated.any() and right[stated].mean() >= PRECISION:
            return threshold
    return grid[-1]


def _zip(
    cases: Sequence[Case], vocabulary: Vocabulary, totals: Sequence[NDArray[np.float64]]
) -> list[tuple[Case, Vocabulary, NDArray[np.float64]]]:
    return [(case, vocabulary, total) for case, total in zip(cases, totals, strict=True)]
