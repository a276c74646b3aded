"""Obscured coordinates, where no flag says so.

iNaturalist moves the coordinates of sensitive animals to a random point of their square of 0.2
degrees and publishes the diagonal of that square as their accuracy. The diagonal depends on the
latitude only, so an accuracy that is just so long tells the moved ones, but for one in some
thousands. Source: the method uncertainty_cell_diagonal_meters of iNaturalist's observations.
"""

from math import pi
from typing import Final

from ibis.expr.types import BooleanValue, NumericValue

from fieldmark.atlas.records.bins import OBSCURED_DEG
from fieldmark.atlas.sources.columns import surely

__all__ = ["looks_obscured"]

_SIDE_M: Final = OBSCURED_DEG * pi / 180 * 6_371_000
_TOLERANCE_M: Final = 100
"""The centre of the square may lie 0.1 degrees off, which is 45 m of the diagonal at most."""


def looks_obscured(latitude: NumericValue, uncertainty_m: NumericValue) -> BooleanValue:
    """Return whether the accuracy is the diagonal of the square of 0.2 degrees."""
    cosine = (latitude * (pi / 180)).cos()
    diagonal_m = (cosine * cosine + 1).sqrt() * _SIDE_M
    return surely((uncertainty_m - diagonal_m).abs() <= _TOLERANCE_M)
