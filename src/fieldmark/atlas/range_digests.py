"""Digests of ranges: they tell two apart, so that neither is in memory beside the other."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["RangeDigests", "digest_of"]

_Cells = NDArray[np.int64]
_Bits = NDArray[np.uint64]


class RangeDigests:
    """The digests of the ranges of taxa, gathered cell by cell; ``taxa`` are ids that ascend."""

    def __init__(self, taxa: NDArray[np.int32]) -> None:
        self._taxa = taxa
        self._cells = np.zeros(taxa.size, dtype=np.int64)
        self._sums = np.zeros(taxa.size, dtype=np.uint64)

    def add(self, cell: int, rows: NDArray[np.intp], months: NDArray[np.int64]) -> None:
        """Take in a cell: which rows of the taxa are there, and their months as bits."""
        self._cells[rows] += 1
        self._sums[rows] += _mixed(np.full(rows.size, cell, dtype=np.int64), months)

    def by_taxon(self) -> Mapping[int, tuple[int, int]]:
        """Return the digest of each taxon by its id."""
        digests = zip(self._cells.tolist(), self._sums.tolist(), strict=True)
        return dict(zip(self._taxa.tolist(), digests, strict=True))


def digest_of(cells: _Cells, months: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many cells a range has, and the sum of the 64 bits that each comes to."""
    return cells.size, int(_mixed(cells, months).sum(dtype=np.uint64))


def _mixed(cells: _Cells, months: NDArray[np.int64]) -> _Bits:
    """Return 64 bits for each cell with its months.

    Source: the mixing of SplitMix64, Steele et al. 2014, "Fast splittable pseudorandom number
    generators".
    """
    mixed = _scattered(cells.astype(np.uint64))
    return _scattered(mixed ^ months.astype(np.uint64))


def _scattered(bits: _Bits) -> _Bits:
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
