"""Areas: what one cell, or the cells under one circle, know of each taxon in one month."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.override import NO_OVERRIDES, Overrides

__all__ = ["MONTHS", "AreaFeatures", "CellRecord", "Release", "blend", "rows_of"]

MONTHS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class CellRecord:
    """Everything that a release knows of one cell: ``T`` taxa by 12 months.

    ``taxon_ids`` ``[T]`` ascend; ``occurrence`` ``[T, 12]`` is the probability that a visitor who
    looks for the taxon in that month could find it, 0 to 1; ``best`` ``[T]`` is the highest
    occurrence of the taxon anywhere in the release; ``records`` ``[T, 12]`` counts the
    records behind it, None where the release was not built from records; ``effort`` ``[12]`` is the
    number of visits on which anybody recorded anything, None likewise.
    """

    taxon_ids: NDArray[np.int32]
    occurrence: NDArray[np.float32]
    best: NDArray[np.float32]
    records: NDArray[np.int64] | None = None
    effort: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What an atlas says of itself. ``known`` holds the ascending ids of all its taxa.

    ``withheld`` are those of them whose places are told to nobody. ``overrides`` were built in;
    ``live`` hold beside them now, whatever the release says.
    """

    name: str
    resolution: int
    coarsest: int
    expected_from: float
    known: NDArray[np.int32]
    starter: bool
    licence: str
    sources: tuple[str, ...]
    built_on: str
    withheld: frozenset[int] = frozenset()
    overrides: Overrides = NO_OVERRIDES
    live: Overrides = NO_OVERRIDES

    def is_told(self, taxon_ids: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell of each taxon whether its places may be told."""
        return ~np.isin(taxon_ids, list(self.withheld))


@dataclass(frozen=True, slots=True, eq=False)
class AreaFeatures:
    """What an area knows of each of its ``T`` taxa, ids ascending.

    ``occurrence`` ``[T]`` is that of the month, or of the best month where no month is known;
    ``best`` ``[T]`` is the taxon's highest anywhere; ``by_month`` is ``[T, 12]``. ``records``
    ``[T, 12]`` and ``effort`` ``[12]`` are sums over its cells, None where one of them has none.
    """

    taxon_ids: NDArray[np.int32]
    occurrence: NDArray[np.float32]
    by_month: NDArray[np.float32]
    best: NDArray[np.float32]
    records: NDArray[np.int64] | None
    effort: NDArray[np.int64] | None = None

    def rows(self, taxon_ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the row of each taxon asked for, -1 where the area does not hold it."""
        return rows_of(taxon_ids, self.taxon_ids)


def rows_of(wanted: NDArray[np.int32], held: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return where each id stands among the ascending ones that are held, -1 where it does not."""
    if held.size == 0:
        return np.full(wanted.shape, -1, dtype=np.intp)
    found = np.minimum(held.searchsorted(wanted), held.size - 1)
    return np.where(held[found] == wanted, found, -1)


def blend(
    records: Sequence[CellRecord], shares: Sequence[float], month: int | None
) -> AreaFeatures:
    """Return the mean of the cells under a circle, weighted by their shares of it.

    Args:
        records: one or more cells.
        shares: how much of the circle each cell holds; they are scaled to sum to 1.
        month: 1 to 12; without one the best month of each taxon speaks for it.
    """
    if len(records) == 1:
        only = records[0]
        taxon_ids, by_month, best = only.taxon_ids, only.occurrence, only.best
        counts, effort = only.records, only.effort
    else:
        effort = _effort(records)
        taxon_ids, by_month, best, counts = _mean(records, np.asarray(shares, dtype=np.float64))
    occurrence = by_month.max(axis=1, initial=0.0) if month is None else by_month[:, month - 1]
    return AreaFeatures(taxon_ids, occurrence, by_month, best, counts, effort)


def _effort(records: Sequence[CellRecord]) -> NDArray[np.int64] | None:
    efforts = [record.effort for record in records if record.effort is not None]
    return np.sum(efforts, axis=0) if len(efforts) == len(records) else None


def _mean(
    records: Sequence[CellRecord], shares: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64] | None]:
    taxon_ids = np.unique(np.concatenate([record.taxon_ids for record in records]))
    by_month = np.zeros((taxon_ids.size, MONTHS), dtype=np.float32)
    best = np.zeros(taxon_ids.size, dtype=np.float32)
    counts: NDArray[np.int64] | None = np.zeros((taxon_ids.size, MONTHS), dtype=np.int64)
    for record, share in zip(records, shares / shares.sum(), strict=True):
        rows = np.searchsorted(taxon_ids, record.taxon_ids)
        by_month[rows] += np.float32(share) * record.occurrence
        best[rows] = record.best
        if counts is not None and record.records is not None:
            counts[rows] += record.records
        else:
            counts = None
    return taxon_ids, by_month, best, counts
