"""Counts by cell for tests, written as what was found on how many visits."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.records.counts import CellCounts

Months = Sequence[float] | NDArray[np.float64]


def even(visits: float) -> NDArray[np.float64]:
    """Return so many visits in each month."""
    return np.append(np.full(12, float(visits)), 0.0)


def in_year(visits: float) -> NDArray[np.float64]:
    """Return so many visits of which only the year is known."""
    return np.append(np.zeros(12), float(visits))


def cell_counts(
    resolution: int,
    found: Mapping[tuple[int, int], Months],
    effort: Mapping[int, Months] | Mapping[tuple[int, int], Months],
    group_of: Mapping[int, int] | None = None,
) -> CellCounts:
    """Return counts; ``found`` by taxon and cell, ``effort`` by cell or by group and cell."""
    keyed = {(k if isinstance(k, tuple) else (0, k)): v for k, v in effort.items()}
    finds, visits = sorted(found), sorted(keyed)
    rows = np.array([found[key] for key in finds], dtype=np.float64).reshape(-1, 13)
    return CellCounts(
        resolution=resolution,
        taxon_id=np.array([taxon for taxon, _ in finds], dtype=np.int32),
        found_cell=np.array([cell for _, cell in finds], dtype=np.int64),
        found=rows,
        records=rows.copy(),
        group=np.array([group for group, _ in visits], dtype=np.int32),
        effort_cell=np.array([cell for _, cell in visits], dtype=np.int64),
        effort=np.array([keyed[key] for key in visits], dtype=np.float64).reshape(-1, 13),
        group_of=group_of or {taxon: 0 for taxon, _ in finds},
    )
