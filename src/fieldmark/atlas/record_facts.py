"""What the checks have to know of the records of a release: each is unpacked once, none is kept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.range_digests import RangeDigests
from fieldmark.atlas.rows import found_at
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import CellRecord

__all__ = ["RecordFacts"]

_MAX_LIST: Final = 20_000
"""Taxa in one cell: more than any place on earth has of vertebrates and butterflies together."""


class RecordFacts:
    """Gathered record by record.

    ``faults`` are what is wrong with one record or another, in words. Where there are none,
    ``ranges`` is the digest of the range of each taxon, by its id, that the records of base cells
    say, and ``taxa_of_other_best`` those whose best is not the highest of them in every record.
    ``counted``: the release is made of records, so that it knows where somebody looked.

    Args:
        content: the release.
        base: its base cells.

    Raises:
        AtlasBroken: a record cannot be unpacked.
    """

    def __init__(self, content: ReleaseContent, base: NDArray[np.int64]) -> None:
        self._known = content.release.known
        size = self._known.size
        self._digests = RangeDigests(self._known)
        self._highest, self._most_best = np.zeros((2, size), dtype=np.float32)
        self._least_best = np.ones(size, dtype=np.float32)
        self._uncounted: list[int] = []
        self.counted = False
        self.faults: list[str] = []
        cells_of: dict[int, list[int]] = {}
        for cell in base.tolist():
            cells_of.setdefault(content.cells[cell], []).append(cell)
        for number, packed in enumerate(content.records):
            self._add(number, unpack_record(packed), cells_of.get(number, ()))
        if self.counted:
            self.faults += [
                f"record {number} does not count effort as other records do"
                for number in self._uncounted
            ]

    @property
    def ranges(self) -> Mapping[int, tuple[int, int]]:
        """By the id of each taxon."""
        return self._digests.by_taxon()

    @property
    def taxa_of_other_best(self) -> list[int]:
        """Ids, ascending."""
        listed = self._least_best <= self._most_best
        same = (self._least_best == self._highest) & (self._most_best == self._highest)
        ids: list[int] = self._known[listed & ~same].tolist()
        return ids

    def _add(self, number: int, record: CellRecord, base: Sequence[int]) -> None:
        if record.effort is None:
            self._uncounted.append(number)
        self.counted |= record.effort is not None
        highest = record.occurrence.max(axis=1, initial=0.0)
        rows, known = found_at(record.taxon_ids, self._known)
        faults = list(_faults_of(record, known, highest))
        if faults:
            self.faults += [f"record {number} {fault}" for fault in faults]
            return
        self._least_best[rows] = np.minimum(self._least_best[rows], record.best)
        self._most_best[rows] = np.maximum(self._most_best[rows], record.best)
        if base:
            self._highest[rows] = np.maximum(self._highest[rows], highest)
            months = _bits(record.occurrence)
            for cell in base:
                self._digests.add(cell, rows, months)


def _faults_of(
    record: CellRecord, known: NDArray[np.bool_], highest: NDArray[np.float32]
) -> Iterator[str]:
    size, least = record.taxon_ids.size, 1 if record.effort is None else 0
    if not least <= size <= _MAX_LIST:
        yield f"lists {size} taxa; {least} to {_MAX_LIST} are possible"
    if not known.all():
        yield "lists taxa that the release does not know"
    if not (highest > 0.0).all():
        yield "lists taxa that never occur"


def _bits(occurrence: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the months in which each taxon occurs as bits 0 to 11, ``[T]``."""
    packed = np.packbits(occurrence > 0.0, axis=1, bitorder="little")
    return packed.view("<u2").ravel().astype(np.int64)
