"""From a rate per visit to the occurrence that a release states, and back."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.smoothing.spec import SmoothingSpec

__all__ = ["MOST", "least_rate", "occurrence_of", "rate_of"]

FloatArray = NDArray[np.float64]

MOST: Final = 1.0 - 1e-9
"""A rate stays below 1: no number of finds makes the next one certain."""


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
    least = np.minimum(rate, MOST)
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
    return -np.expm1(np.log1p(-np.minimum(occurrence, MOST)) / spec.search_visits)


def least_rate(spec: SmoothingSpec) -> float:
    """Return the lowest rate that is listed where it is exact; one that is uncertain is higher.

    A little less than that, since it is computed another way than what it is compared with.
    """
    return float(rate_of(np.array(spec.least), spec)) * (1.0 - 1e-9)
