"""Where sources of ranges and records speak of one taxon: each as many visits as it is worth."""

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.rows import BaseRows, found_at
from fieldmark.atlas.smoothing.occurrence import occurrence_of, rate_of
from fieldmark.atlas.smoothing.rates import Rates, blocks
from fieldmark.atlas.smoothing.spec import SmoothingSpec
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.area import MONTHS

__all__ = ["combined"]


def combined(
    cells: NDArray[np.int64], rates: Rates, said: BaseRows | None, spec: SmoothingSpec
) -> NDArray[np.int32]:
    """Return ``[n, 12]`` quanta of occurrence in the cells of the rates.

    A source of ranges counts as κ_e visits, which found the taxon at the rate that it says, and not
    at all in a cell or month of which it says nothing. Where no visit is behind the rates, near or
    far, it stands as it is, to the last quantum.

    Args:
        cells: ``[n]``, those of the rates.
        rates: by the records.
        said: what the sources say of the taxon, None where they do not speak of it.
        spec: the numbers.
    """
    by_records = np.empty((cells.size, MONTHS), dtype=np.int32)
    for rows in blocks(cells.size):
        part = rates.part(rows)
        by_records[rows] = _quanta(occurrence_of(part.monthly, part.certainty[:, None], spec), spec)
    if said is None:
        return by_records
    at, held = found_at(cells, said.cell)
    stated = np.zeros((cells.size, MONTHS), dtype=np.int32)
    stated[held] = said.months[at[held]]
    weight = rates.weight[:, None]
    stated_rate = rate_of(np.minimum(stated / QUANTA, spec.range_most), spec)
    total = weight * rates.monthly + spec.range_visits * stated_rate
    certainty = rates.certainty[:, None] + spec.range_visits
    both = _quanta(occurrence_of(total / (weight + spec.range_visits), certainty, spec), spec)
    return np.where(weight > 0.0, both, stated)


def _quanta(occurrence: NDArray[np.float64], spec: SmoothingSpec) -> NDArray[np.int32]:
    """Return whole quanta; what lies below the least that is listed becomes 0."""
    quanta: NDArray[np.int32] = np.rint(occurrence * QUANTA).astype(np.int32)
    quanta[~(occurrence >= spec.least)] = 0
    return quanta
