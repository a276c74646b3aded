"""What counting gives: visits on which each taxon was found, and visits of anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.records.licences import Licence

__all__ = ["WEIGHT_UNITS", "CellCounts", "Counts", "SourceTally"]

WEIGHT_UNITS: Final = 1000
"""Weights are whole thousandths of a visit until the last division: no sum depends on its order."""


@dataclass(frozen=True, slots=True)
class SourceTally:
    """What became of the rows of one source: ``rows`` is ``used`` and all ``rejected`` together.

    ``rejected`` is by the words of the reason, in the order of the reasons.
    """

    name: str
    rows: int
    used: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The outcome of counting, in bins.

    ``visits``, ``found`` and ``effort`` are over tables that the engine keeps, too large for
    memory; they can be used until it is closed. ``found`` has a row for each taxon, bin and month:
    ``taxon_id``, ``bin`` int32, ``month`` int8 (1 to 12; 0 where only the year is known),
    ``weight`` int64 (visits, in ``WEIGHT_UNITS``, each of the weight of its source), ``records``,
    ``days``, ``observers``, ``datasets`` int64. ``visits`` has the same without the last three.
    ``effort`` has ``group`` int32, ``bin``, ``month``, ``weight``: of anyone who recorded anything
    of that target group. A group is the iNaturalist id of a class,
    and 0 stands for all animals together.

    ``group_of`` is the target group of each taxon that was asked for. ``unmatched`` are the names
    of most records, with their numbers; ``licences`` counts the used records by licence.
    """

    visits: ibis.Table
    found: ibis.Table
    effort: ibis.Table
    group_of: Mapping[int, int]
    tallies: Sequence[SourceTally]
    unmatched: Sequence[tuple[str, int]]
    licences: Mapping[Licence, int]


@dataclass(frozen=True, slots=True, eq=False)
class CellCounts:
    """The same by cell, as arrays: ``F`` rows of what was found, ``E`` rows of effort.

    ``taxon_id``, ``found_cell`` ``[F]``; ``found`` ``[F, 13]`` visits, and ``records`` ``[F, 13]``:
    January to December, then what has a year only. ``group``, ``effort_cell`` ``[E]``; ``effort``
    ``[E, 13]`` visits. Cells are H3 at ``resolution``. Both ascend by their first two.
    ``group_of`` says which group is the target group of each taxon. Counting gives float32, exact
    up to 16 million: a large atlas has millions of these rows.
    """

    resolution: int
    taxon_id: NDArray[np.int32]
    found_cell: NDArray[np.int64]
    found: NDArray[np.floating]
    records: NDArray[np.floating]
    group: NDArray[np.int32]
    effort_cell: NDArray[np.int64]
    effort: NDArray[np.floating]
    group_of: Mapping[int, int]
