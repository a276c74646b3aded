"""Bins: the squares that records are counted in before they are mapped to cells.

A fine bin has sides of ``BIN_DEG``; what was obscured counts in the square of ``OBSCURED_DEG`` that
its coordinates were moved about in. Both are numbered in one int32, from 90 S and 180 W, row by
row, first the fine bins and then the squares. Any engine can compute the number.
"""

from typing import Final

import ibis
import numpy as np
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue
from numpy.typing import NDArray

__all__ = ["BIN_DEG", "BIN_LIMIT", "OBSCURED_DEG", "bin_of", "corner_of", "is_square"]

_FINE_PER_DEG: Final = 50
_SQUARES_PER_DEG: Final = 5

BIN_DEG: Final = 1.0 / _FINE_PER_DEG
"""Side of a fine bin, 0.02 degrees, about 2.2 km: a tenth of the edge of a cell of resolution 4."""

OBSCURED_DEG: Final = 1.0 / _SQUARES_PER_DEG
"""Side of the square that iNaturalist moves obscured coordinates about in, 0.2 degrees.

Source: iNaturalist help, "What is geoprivacy? What does it mean for an observation to be obscured?"
"""

_FINE_COLUMNS: Final = 360 * _FINE_PER_DEG
_FINE_BINS: Final = 180 * _FINE_PER_DEG * _FINE_COLUMNS
_SQUARE_COLUMNS: Final = 360 * _SQUARES_PER_DEG

BIN_LIMIT: Final = 1 << 28
"""Numbers of bins are below it."""


def bin_of(
    latitude: FloatingValue, longitude: FloatingValue, obscured: BooleanValue
) -> IntegerValue:
    """Return the number of the bin; null where a coordinate is null or out of range."""
    lat = latitude.between(-90, 90).ifelse(latitude, ibis.null("float64"))
    lon = longitude.between(-180, 180).ifelse(longitude, ibis.null("float64"))
    fine = _number(lat, lon, _FINE_PER_DEG)
    return obscured.fill_null(False).ifelse(  # noqa: FBT003 - Ibis takes the value like that
        _number(lat, lon, _SQUARES_PER_DEG) + _FINE_BINS, fine
    )


def _number(latitude: FloatingValue, longitude: FloatingValue, per_deg: int) -> IntegerValue:
    """The poles belong to the rows beside them, 180 E is 180 W."""
    row = ((latitude + 90) * per_deg).floor().cast("int32")
    column = ((longitude + 180) * per_deg).floor().cast("int32")
    last = 180 * per_deg - 1
    return (row > last).ifelse(last, row) * (360 * per_deg) + column % (360 * per_deg)


def is_square(bins: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of the bins are squares of obscured records."""
    return np.asarray(bins >= _FINE_BINS)


def corner_of(bins: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and longitude of the south-western corners, in degrees."""
    square = is_square(bins)
    number = np.where(square, bins - _FINE_BINS, bins)
    columns = np.where(square, _SQUARE_COLUMNS, _FINE_COLUMNS)
    per_deg = np.where(square, _SQUARES_PER_DEG, _FINE_PER_DEG)
    return number // columns / per_deg - 90.0, number % columns / per_deg - 180.0
