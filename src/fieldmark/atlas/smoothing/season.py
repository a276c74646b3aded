"""The season of a taxon in a cell: the shares of a year, drawn towards those of the wider cell."""

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.smoothing.spec import SmoothingSpec
from fieldmark.domain.area import MONTHS

__all__ = ["season_of", "sums"]

FloatArray = NDArray[np.float64]


def season_of(
    found: FloatArray, expected: FloatArray, prior: FloatArray, spec: SmoothingSpec
) -> FloatArray:
    """Return ``[n, 12]``: the wider cell's season, corrected by found over expected.

    What is expected is scaled to what was found, so that a rate that is drawn down makes no season.

    Source: the gamma-Poisson model of a relative risk (Clayton & Kaldor 1987), by month.
    """
    if np.isinf(spec.season_shrinkage):
        return prior
    alpha = spec.season_shrinkage
    total = sums(expected)
    expected = expected * (sums(found) / np.where(total > 0.0, total, 1.0))[:, None]
    seen, foreseen = (_with_months_beside(part, spec.month_weight) for part in (found, expected))
    season = prior * (seen + alpha) / (foreseen + alpha)
    scaled: FloatArray = season * (MONTHS / sums(season))[:, None]
    return scaled


def _with_months_beside(counts: FloatArray, weight: float) -> FloatArray:
    """Return ``[n, 12]``: added to each month the weighted ones before and after it.

    All years are shifted as one, and their first and last months mended: a tenth of the time that
    shifting each takes.
    """
    beside = np.empty(counts.shape)
    months = counts.ravel()
    beside.ravel()[1:-1] = months[:-2] + months[2:]
    beside[:, 0] = counts[:, -1] + counts[:, 1]
    beside[:, -1] = counts[:, -2] + counts[:, 0]
    return counts + weight * beside


def sums(table: FloatArray) -> FloatArray:
    """Return the sum of each row; numpy's own takes four times as long over rows so short."""
    sums: FloatArray = np.einsum("ij->i", table)
    return sums
