"""What counting gives: visits on which each taxon was found, and visits of anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BIN_DEG", "OBSCURED_DEG", "CellCounts", "Counts", "SourceTally"]

BIN_DEG: Final = 0.02
"""Side of a fine bin, about 2.2 km: a tenth of the edge of a cell of resolution 4."""

OBSCURED_DEG: Final = 0.2
"""Side of the square that obscured coordinates lie in, and of the bin that they count in."""


@dataclass(frozen=True, slots=True)
class SourceTally:
    """What became of the rows of one source: ``rows`` is ``used`` and all ``rejected`` together."""

    name: str
    rows: int
    used: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The outcome of counting, in bins.

    ``found`` is an Arrow table of ``taxon_id`` int32, ``group`` int32, ``grid`` int8 (0 for bins
    of ``BIN_DEG``, 1 for squares of ``OBSCURED_DEG``), ``row``, ``column`` int32 (steps from
    90 S and 180 W), ``month`` int8 (1 to 12; 0 where only the year is known), ``visits`` float64
    (distinct days and observers, weighted by source), ``records``, ``days``, ``observers``,
    ``datasets`` int64. ``effort`` has ``group``, ``grid``, ``row``, ``column``, ``month``,
    ``visits``: of anyone who recorded anything of that target group. A group is the iNaturalist
    id of a class, and 0 stands for all animals together.
    """

    found: Any
    effort: Any
    tallies: Sequence[SourceTally]
    unmatched: Sequence[tuple[str, int]]
    licences: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class CellCounts:
    """The same by cell, as arrays: ``F`` rows of what was found, ``E`` rows of effort.

    ``taxon_id``, ``found_cell`` ``[F]``; ``found`` ``[F, 13]`` visits, and ``records`` ``[F, 13]``:
    January to December, then what has a year only. ``group``, ``effort_cell`` ``[E]``; ``effort``
    ``[E, 13]`` visits. Cells are H3 at ``resolution``. Both ascend by their first two.
    ``group_of`` says which group is the target group of each taxon.
    """

    resolution: int
    taxon_id: NDArray[np.int32]
    found_cell: NDArray[np.int64]
    found: NDArray[np.float64]
    records: NDArray[np.float64]
    group: NDArray[np.int32]
    effort_cell: NDArray[np.int64]
    effort: NDArray[np.float64]
    group_of: Mapping[int, int]
