"""What the report shows, as numbers: taken from the release itself, cell by cell."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import MONTHS
from fieldmark.domain.taxon import Taxon

__all__ = ["Figures", "TaxonYear", "figures_of"]

_MOST_SHAPES: Final = 6_000
"""Cells on a map: all of the world's at resolution 2. More would only make the file large."""

_TAXA_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class TaxonYear:
    """A taxon over the year: its mean occurrence by month over the cells that list it, ``cells``.

    ``records`` are those behind it, None where the release was not built from records.
    """

    taxon: Taxon
    cells: int
    records: int | None
    by_month: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """``richness`` and ``effort`` are by cell of ``map_resolution``.

    ``richness`` is the mean number of taxa expected in the base cells, in the best month of each;
    ``effort`` sums visits, and is empty where the release was not built from records.
    ``list_lengths`` holds for each base cell how many taxa are expected in it;
    ``expected_by_month`` their mean by month, ``visits_by_month`` all visits.
    """

    map_resolution: int
    richness: Mapping[int, float]
    effort: Mapping[int, float]
    list_lengths: NDArray[np.int64]
    expected_by_month: tuple[float, ...]
    visits_by_month: tuple[float, ...]
    most_recorded: tuple[TaxonYear, ...]


def figures_of(content: ReleaseContent) -> Figures:
    """Return the figures of a release."""
    base = {
        cell: number
        for cell, number in content.cells.items()
        if h3.get_resolution(cell) == content.release.resolution
    }
    shown_at = _map_resolution(list(base), content.release.resolution)
    sums = _Sums(content, shown_at)
    cells_of: dict[int, list[int]] = defaultdict(list)
    for cell, number in base.items():
        cells_of[number].append(cell)
    for number, cells in cells_of.items():
        sums.add(number, cells)
    return sums.figures()


def _map_resolution(cells: list[int], finest: int) -> int:
    """Return the finest resolution at which the map has few enough shapes."""
    for resolution in range(finest, 0, -1):
        if len({h3.cell_to_parent(cell, resolution) for cell in cells}) <= _MOST_SHAPES:
            return resolution
    return 0


class _Sums:
    """What adds up over the base cells; cells that share a record are added at once."""

    def __init__(self, content: ReleaseContent, shown_at: int) -> None:
        self._content = content
        self._shown_at = shown_at
        known = content.release.known
        self._by_month = np.zeros((known.size, MONTHS))
        self._cells = np.zeros(known.size, dtype=np.int64)
        self._records = np.zeros(known.size, dtype=np.int64)
        self._has_records = False
        self._lengths: list[int] = []
        self._expected = np.zeros(MONTHS)
        self._visits = np.zeros(MONTHS)
        self._richness: dict[int, list[int]] = defaultdict(list)
        self._effort: dict[int, float] = defaultdict(float)

    def add(self, number: int, cells: list[int]) -> None:
        """Add one record, which is that of all those cells."""
        record = unpack_record(self._content.records[number])
        rows = np.searchsorted(self._content.release.known, record.taxon_ids)
        expected = record.occurrence >= self._content.release.expected_from
        length = int(expected.any(axis=1).sum())
        times = len(cells)
        self._by_month[rows] += times * record.occurrence
        self._cells[rows] += times
        self._expected += times * expected.sum(axis=0)
        self._lengths += [length] * times
        if record.records is not None:
            self._has_records = True
            self._records[rows] += times * record.records.sum(axis=1)
        if record.effort is not None:
            self._visits += times * record.effort
        for cell in cells:
            shown = h3.cell_to_parent(cell, self._shown_at)
            self._richness[shown].append(length)
            if record.effort is not None:
                self._effort[shown] += float(record.effort.sum())

    def figures(self) -> Figures:
        """Return what was added up."""
        return Figures(
            map_resolution=self._shown_at,
            richness={cell: float(np.mean(lengths)) for cell, lengths in self._richness.items()},
            effort=dict(self._effort),
            list_lengths=np.array(self._lengths, dtype=np.int64),
            expected_by_month=tuple((self._expected / max(1, len(self._lengths))).tolist()),
            visits_by_month=tuple(self._visits.tolist()),
            most_recorded=tuple(self._years()),
        )

    def _years(self) -> Iterator[TaxonYear]:
        weight = self._records if self._has_records else self._cells
        order = np.argsort(-weight, kind="stable")[:_TAXA_SHOWN].tolist()
        for row in (row for row in order if self._cells[row]):
            yield TaxonYear(
                taxon=self._content.taxa[row],
                cells=int(self._cells[row]),
                records=int(self._records[row]) if self._has_records else None,
                by_month=tuple((self._by_month[row] / self._cells[row]).tolist()),
            )
