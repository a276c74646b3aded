"""Metrics: proportions, paired differences and calibration, each with its uncertainty."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bin",
    "Interval",
    "brier",
    "calibration_error",
    "mcnemar",
    "mean_interval",
    "paired_difference",
    "reliability",
    "wilson",
]

_Z95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""

_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one score: how many, their mean score and how many are right."""

    low: float
    high: float
    count: int
    score: float
    right: int


def wilson(right: int, count: int) -> Interval:
    """Return the score interval of a proportion; of nothing it is all of [0, 1].

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference";
        recommended for small samples by Brown, Cai & DasGupta 2001.
    """
    if count == 0:
        return Interval(0.0, 1.0)
    share, z2 = right / count, _Z95**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    spread = _Z95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return Interval(max(0.0, centre - spread), min(1.0, centre + spread))


def mcnemar(fixed: int, broken: int) -> float:
    """Return the exact two-sided p-value of "it fixes as many as it breaks".

    Source: McNemar 1947; exact by the binomial distribution with p = ½ over the photos that change.
    """
    changed = fixed + broken
    tail = sum(math.comb(changed, k) for k in range(min(fixed, broken) + 1))
    return min(1.0, 2.0 * tail / float(2**changed))


def paired_difference(fixed: int, broken: int, count: int) -> Interval:
    """Return the interval of the difference of two shares over the same photos.

    Source: Bonett & Price 2012, "Adjusted Wald confidence interval for a difference of binomial
        proportions based on paired data", eq. 5: one success is added to either kind of change.
    """
    gain, loss = (fixed + 1) / (count + 2), (broken + 1) / (count + 2)
    spread = _Z95 * math.sqrt((gain + loss - (gain - loss) ** 2) / (count + 2))
    return Interval(max(-1.0, gain - loss - spread), min(1.0, gain - loss + spread))


def mean_interval(values: NDArray[np.float64]) -> Interval:
    """Return the normal interval of a mean; of fewer than two values it is without bounds."""
    if values.size < 2:
        return Interval(-math.inf, math.inf)
    spread = _Z95 * float(values.std(ddof=1)) / math.sqrt(values.size)
    return Interval(float(values.mean()) - spread, float(values.mean()) + spread)


def reliability(
    scores: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10
) -> tuple[Bin, ...]:
    """Return the occupied bins of a reliability diagram, bins of equal width over (0, 1].

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 2.
    """
    rows = np.clip(np.ceil(scores * bins - _TINY).astype(np.intp) - 1, 0, bins - 1)
    return tuple(
        Bin(
            low=k / bins,
            high=(k + 1) / bins,
            count=int((rows == k).sum()),
            score=float(scores[rows == k].mean()),
            right=int(right[rows == k].sum()),
        )
        for k in range(bins)
        if (rows == k).any()
    )


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Return the expected calibration error: the mean gap of score and share, by count.

    Source: Naeini et al. 2015; Guo et al. 2017, eq. 3.
    """
    count = sum(b.count for b in bins)
    return sum(abs(b.right - b.count * b.score) for b in bins) / count if count else 0.0


def brier(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the mean squared gap of the first animal's score and whether it is right.

    Source: Brier 1950.
    """
    return float(np.mean((scores - right) ** 2)) if scores.size else 0.0
