"""Two releases side by side: which animals came and went, and where the word of the atlas changed.

They are compared cell by cell at the finest resolution that both hold, by what each says of a
taxon's best month: *expected* is an occurrence at or above the release's own ``expected_from``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.atlas_format import cell_at, release_of, unpack_family, unpack_record
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon

__all__ = ["Extent", "ReleaseDiff", "TaxonChange", "compare", "extents"]

_RECORDS_AT_HAND: Final = 4096
"""Distinct records that stay unpacked: neighbours share them."""

_Expected = tuple[NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class TaxonChange:
    """What changed for one taxon that both releases know.

    ``before`` and ``after`` count the cells where it is expected, ``gained`` and ``lost`` those
    where that changed; ``moved`` is the mean absolute change of its occurrence over the cells where
    either release lists it.
    """

    taxon: Taxon
    before: int
    after: int
    gained: int
    lost: int
    moved: float


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseDiff:
    """How one release differs from the one before it.

    ``changes`` holds the taxa whose figures differ, those with most cells gained and lost first;
    ``cells_gained`` and ``cells_lost`` count the cells of ``resolution`` that only the new one and
    only the old one has a record of; ``lists`` is the median number of taxa expected in a cell,
    before and after.
    """

    before: Release
    after: Release
    resolution: int
    added: tuple[Taxon, ...]
    removed: tuple[Taxon, ...]
    changes: tuple[TaxonChange, ...]
    cells_gained: int
    cells_lost: int
    lists: tuple[float, float]


def compare(before: Path, after: Path) -> ReleaseDiff:
    """Return how the release in the file ``after`` differs from that in ``before``.

    Raises:
        AtlasBroken: a file is missing or no readable release.
    """
    old, new = _Side(read_content(before)), _Side(read_content(after))
    resolution = min(old.release.resolution, new.release.resolution)
    cells = old.cells_at(resolution), new.cells_at(resolution)
    tally = _Tally(np.union1d(old.release.known, new.release.known))
    for cell in cells[0] | cells[1]:
        tally.add(old.at(cell), new.at(cell))
    return ReleaseDiff(
        before=old.release,
        after=new.release,
        resolution=resolution,
        added=tuple(taxon for id_, taxon in new.taxa.items() if id_ not in old.taxa),
        removed=tuple(taxon for id_, taxon in old.taxa.items() if id_ not in new.taxa),
        changes=_changes(tally, old.taxa, new.taxa),
        cells_gained=len(cells[1] - cells[0]),
        cells_lost=len(cells[0] - cells[1]),
        lists=(_median(tally.lists_before), _median(tally.lists_after)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """How much a release holds, by the cells of one resolution.

    ``known`` are the ids of its taxa and ``cells`` those with a record; ``list_length`` is the
    median number of taxa expected in one of them.
    """

    name: str
    known: NDArray[np.int32]
    cells: NDArray[np.int64]
    list_length: float


def extents(before: Path, after: ReleaseContent) -> tuple[Extent, Extent]:
    """Return how much the release in a file holds, and how much another does.

    The file is read family by family; of both no more is kept than two numbers for each cell.

    Raises:
        AtlasBroken: the file is missing or no readable release.
    """
    with ReleaseFile(before) as file:
        known = np.array([row[0] for row in file.taxa()], dtype=np.int32)
        old, new = release_of(file.said(), known), after.release
        resolution = min(old.resolution, new.resolution)
        records = ((cell, after.records[number]) for cell, number in after.cells.items())
        return _extent(old, _stored(file), resolution), _extent(new, records, resolution)


def _stored(file: ReleaseFile) -> Iterator[tuple[int, bytes]]:
    """Yield each cell and its packed record."""
    dictionary = file.dictionary()
    for parent, packed in file.families():
        for place, record in unpack_family(packed, dictionary).items():
            yield cell_at(parent, place), record


def _extent(release: Release, records: Iterable[tuple[int, bytes]], resolution: int) -> Extent:
    def length(packed: bytes) -> int:
        in_best_month = unpack_record(packed).occurrence.max(axis=1, initial=0.0)
        return int((in_best_month >= release.expected_from).sum())

    here = ((cell, length(packed)) for cell, packed in records
            if h3.get_resolution(cell) == resolution)  # fmt: skip
    listed = np.fromiter(here, dtype=[("cell", np.int64), ("length", np.int32)])
    median = float(np.median(listed["length"])) if listed.size else 0.0
    return Extent(release.name, release.known, listed["cell"], median)


class _Side:
    """One of the two releases."""

    def __init__(self, content: ReleaseContent) -> None:
        self._content = content
        self.release = content.release
        self.taxa: Mapping[int, Taxon] = {taxon.id: taxon for taxon in content.taxa}
        self._best = lru_cache(_RECORDS_AT_HAND)(self._unpacked)

    def cells_at(self, resolution: int) -> set[int]:
        """Return the cells of that resolution that the release has a record of."""
        return {cell for cell in self._content.cells if h3.get_resolution(cell) == resolution}

    def at(self, cell: int) -> tuple[_Expected | None, float]:
        """Return the taxa of a cell with the occurrence of their best month, and what is expected.

        None where the release has no record of the cell.
        """
        number = self._content.cells.get(cell)
        found = None if number is None else self._best(number)
        return found, self.release.expected_from

    def _unpacked(self, number: int) -> _Expected:
        record = unpack_record(self._content.records[number])
        return record.taxon_ids, record.occurrence.max(axis=1, initial=0.0)


@dataclass(eq=False)
class _Tally:
    """Figures by taxon, summed over cells; ``known`` ``[K]`` are the ids of both releases."""

    known: NDArray[np.int32]
    lists_before: list[int] = field(default_factory=list)
    lists_after: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = self.known.size
        self.before, self.after, self.gained, self.lost, self.listed = np.zeros((5, size), np.int64)
        self.moved = np.zeros(size)

    def add(self, old: tuple[_Expected | None, float], new: tuple[_Expected | None, float]) -> None:
        """Add one cell."""
        was, is_now = self._occurrence(old[0]), self._occurrence(new[0])
        had, has = was >= old[1], is_now >= new[1]
        self.before += had
        self.after += has
        self.gained += has & ~had
        self.lost += had & ~has
        self.listed += (was > 0.0) | (is_now > 0.0)
        self.moved += np.abs(is_now - was)
        if old[0] is not None:
            self.lists_before.append(int(had.sum()))
        if new[0] is not None:
            self.lists_after.append(int(has.sum()))

    def _occurrence(self, found: _Expected | None) -> NDArray[np.float32]:
        """Return the occurrence of each known taxon, ``[K]``."""
        occurrence = np.zeros(self.known.size, dtype=np.float32)
        if found is not None:
            occurrence[np.searchsorted(self.known, found[0])] = found[1]
        return occurrence


def _changes(
    tally: _Tally, old: Mapping[int, Taxon], new: Mapping[int, Taxon]
) -> tuple[TaxonChange, ...]:
    rows = [
        row
        for row in np.flatnonzero(tally.moved > 0.0).tolist()
        if int(tally.known[row]) in old and int(tally.known[row]) in new
    ]
    rows.sort(key=lambda row: (-(tally.gained[row] + tally.lost[row]), -tally.moved[row]))
    return tuple(
        TaxonChange(
            taxon=new[int(tally.known[row])],
            before=int(tally.before[row]),
            after=int(tally.after[row]),
            gained=int(tally.gained[row]),
            lost=int(tally.lost[row]),
            moved=float(tally.moved[row] / tally.listed[row]),
        )
        for row in rows
    )


def _median(lengths: list[int]) -> float:
    return float(np.median(lengths)) if lengths else 0.0
