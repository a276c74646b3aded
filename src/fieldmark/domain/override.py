"""Overrides: what somebody who knows a place says against the atlas.

They change what an area says of a taxon in some months: ``include`` makes its occurrence ``factor``
at least, ``exclude`` makes it 0, ``boost`` multiplies it by ``factor``. One holds for a cell whose
centre lies in its area and, where its area is smaller than the cells of the release, for the cell
that its middle lies in. Of several the later ones have the last word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final, Literal, overload

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.override_area import Area, CellArea, lies_in

__all__ = ["INCLUDED", "NO_OVERRIDES", "Override", "OverrideAction", "Overrides", "changed"]

OverrideAction = Literal["include", "exclude", "boost"]

_MONTHS: Final = 12

INCLUDED: Final = 0.5
"""The occurrence of what is included without a factor: what ``ranges.csv`` calls uncommon."""


@dataclass(frozen=True, slots=True)
class Override:
    """One thing that somebody says; ``months`` are 0 to 11, ``date`` an ISO date or empty."""

    area: Area
    taxon_id: int
    taxon: str
    action: OverrideAction
    factor: float
    months: tuple[int, ...]
    reason: str
    author: str
    date: str = ""

    def __str__(self) -> str:
        factor = "" if self.action == "exclude" else f" {self.factor:g}"
        months = ",".join(str(month + 1) for month in self.months)
        when = "all year" if len(self.months) == _MONTHS else f"months {months}"
        return (
            f"{self.action}{factor} {self.taxon} ({self.taxon_id}) in {self.area}, {when}: "
            f"{self.reason} [{', '.join(filter(None, (self.author, self.date)))}]"
        )


class Overrides(Sequence[Override]):
    """Overrides in the order in which they hold, and which of them hold for a cell.

    ``outdated`` says why these are not what their file says now, None where they are.
    """

    def __init__(self, rows: Iterable[Override] = (), outdated: str | None = None) -> None:
        self._rows = tuple(rows)
        self.outdated = outdated
        areas = [row.area for row in self._rows]
        self._cell_rows = _rows_of([isinstance(area, CellArea) for area in areas])
        self._cells = np.array([a.cell for a in areas if isinstance(a, CellArea)], dtype=np.int64)
        self._box_rows = _rows_of([not isinstance(area, CellArea) for area in areas])
        boxes = [astuple(a.bounds) for a in areas if not isinstance(a, CellArea)]
        self._boxes = np.array(boxes, dtype=np.float64).reshape(-1, 4)
        self._middles: dict[int, NDArray[np.int64]] = {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Overrides):
            return NotImplemented
        return (self._rows, self.outdated) == (other._rows, other.outdated)

    def __hash__(self) -> int:
        return hash((self._rows, self.outdated))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Override: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Override]: ...

    def __getitem__(self, index: int | slice) -> Override | Sequence[Override]:
        return self._rows[index]

    def __iter__(self) -> Iterator[Override]:
        return iter(self._rows)

    def at(self, cell: int, resolution: int) -> tuple[int, ...]:
        """Return the rows that hold for a cell, in a release of that base resolution."""
        if not self._rows:
            return ()
        found = {*self._cell_rows[lies_in(np.array([cell], dtype=np.int64), self._cells)].tolist()}
        found |= set(self._drawn_around(cell))
        if h3.get_resolution(cell) == resolution:
            found |= {*np.flatnonzero(self._middles_at(resolution) == cell).tolist()}
        return tuple(sorted(found))

    def _drawn_around(self, cell: int) -> Iterator[int]:
        """Yield the rows of circles and boxes that hold the centre of a cell."""
        latitude, longitude = h3.cell_to_latlng(cell)
        south, west, north, east = self._boxes.T
        across = west > east
        between = np.where(
            across,
            (longitude >= west) | (longitude <= east),
            (longitude >= west) & (longitude <= east),
        )
        near = self._box_rows[(latitude >= south) & (latitude <= north) & between]
        one, centre = np.array([cell], dtype=np.int64), np.array([[latitude, longitude]])
        return (k for k in near.tolist() if self._rows[k].area.holds(one, centre)[0])

    def _middles_at(self, resolution: int) -> NDArray[np.int64]:
        """Return the cell that holds the middle of each area."""
        if resolution not in self._middles:
            middles = [row.area.middle_in(resolution) for row in self._rows]
            self._middles[resolution] = np.array(middles, dtype=np.int64)
        return self._middles[resolution]

    def by_taxon(self, rows: Iterable[int], month: int | None) -> Mapping[int, Override]:
        """Return the last of those rows that speaks of each taxon in that month, 1 to 12."""
        said = (self._rows[k] for k in sorted(set(rows)))
        return {row.taxon_id: row for row in said if month is None or month - 1 in row.months}


def _rows_of(marks: Sequence[bool]) -> NDArray[np.intp]:
    return np.flatnonzero(np.array(marks, dtype=bool))


NO_OVERRIDES: Final = Overrides()


def changed(by_month: NDArray[np.float64], override: Override) -> NDArray[np.float64]:
    """Return occurrence ``[…, 12]`` as the override makes it."""
    wanted = np.array(by_month, dtype=np.float64)
    months = list(override.months)
    match override.action:
        case "include":
            wanted[..., months] = np.maximum(wanted[..., months], override.factor)
        case "exclude":
            wanted[..., months] = 0.0
        case "boost":
            wanted[..., months] = np.minimum(wanted[..., months] * override.factor, 1.0)
    return wanted
