"""Rows of a release before they are packed: one for each taxon and cell.

Base rows come taxon by taxon, whether sources of ranges say it or records; the rows of a release
are those and what is coarser.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas_format import MAX_COUNT, QUANTA
from fieldmark.domain.area import MONTHS

__all__ = [
    "BaseRows",
    "ReleaseRows",
    "Said",
    "found_at",
    "rows_by_taxon",
    "rows_of_evidence",
]

_Type = TypeVar("_Type", bound=np.generic)
_BITS: Final = 1 << np.arange(MONTHS, dtype=np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class BaseRows:
    """``n`` rows, ascending by taxon and cell.

    ``taxon_id``, ``cell`` ``[n]``; ``months`` ``[n, 12]``, occurrence in quanta; ``records``
    ``[n, 12]``, how many are behind it.
    """

    taxon_id: NDArray[np.int32]
    cell: NDArray[np.int64]
    months: NDArray[np.int32]
    records: NDArray[np.int64]

    @classmethod
    def of_taxon(
        cls,
        taxon_id: int,
        cell: NDArray[np.int64],
        months: NDArray[np.int32],
        records: NDArray[np.int64] | None = None,
    ) -> Self:
        """Return the rows of one taxon, its cells ascending; without records there are none."""
        none = np.zeros((cell.size, MONTHS), dtype=np.int64)
        ids = np.full(cell.size, taxon_id, dtype=np.int32)
        return cls(ids, cell, months, none if records is None else records)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, one or more, one after the other."""
        return cls(
            np.concatenate([part.taxon_id for part in parts]),
            np.concatenate([part.cell for part in parts]),
            np.concatenate([part.months for part in parts]),
            np.concatenate([part.records for part in parts]),
        )

    def part(self, rows: slice | NDArray[np.intp]) -> "BaseRows":
        """Return some of the rows."""
        return BaseRows(
            _part(self.taxon_id, rows),
            _part(self.cell, rows),
            _part(self.months, rows),
            _part(self.records, rows),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseRows:
    """``n`` rows: of base cells and coarser ones.

    ``cell``, ``taxon_id``, ``best`` ``[n]``; ``months`` ``[n, 12]``; the last two in quanta.
    ``records`` ``[n, 12]`` counts those behind it. A release of the world has fifty million of
    these rows, so types are as narrow as those of a packed record.
    """

    cell: NDArray[np.int64]
    taxon_id: NDArray[np.int32]
    best: NDArray[np.uint16]
    months: NDArray[np.uint16]
    records: NDArray[np.uint32]

    @classmethod
    def of_taxon(
        cls,
        taxon_id: int,
        best: int,
        cell: NDArray[np.int64],
        months: NDArray[np.int32],
        records: NDArray[np.int64],
    ) -> Self:
        """Return the rows of one taxon; a count that does not fit becomes the highest that does.

        Raises:
            ValueError: an occurrence outside 0 to 1, or a count below 0.
        """
        if cell.size and not (0 <= months.min() <= months.max() <= QUANTA and records.min() >= 0):
            raise ValueError(f"taxon {taxon_id} has an occurrence or a count that cannot be")
        return cls(
            cell,
            np.full(cell.size, taxon_id, dtype=np.int32),
            np.full(cell.size, best, dtype=np.uint16),
            months.astype(np.uint16),
            np.minimum(records, MAX_COUNT).astype(np.uint32),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, one or more, one after the other."""
        columns = ("cell", "taxon_id", "best", "months", "records")
        return cls(*(np.concatenate([getattr(part, c) for part in parts]) for c in columns))

    def ordered(self) -> "ReleaseRows":
        """Return the same, ascending by cell and taxon."""
        return self.part(np.lexsort((self.taxon_id, self.cell)))

    def part(self, rows: slice | NDArray[np.intp]) -> "ReleaseRows":
        """Return some of the rows."""
        return ReleaseRows(
            _part(self.cell, rows),
            _part(self.taxon_id, rows),
            _part(self.best, rows),
            _part(self.months, rows),
            _part(self.records, rows),
        )


def _part(table: NDArray[_Type], rows: slice | NDArray[np.intp]) -> NDArray[_Type]:
    """Return some rows; ``take`` gathers them in a third of the time that an index needs."""
    return table[rows] if isinstance(rows, slice) else table.take(rows, axis=0)


class Said:
    """What sources of ranges say, by taxon; where several rows speak of a month, the highest."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.taxa = rows_by_taxon(evidence.taxon_id)

    def of(self, taxon_id: int) -> BaseRows | None:
        """Return its base rows, None where no source speaks of it."""
        rows = self.taxa.get(taxon_id)
        if rows is None:
            return None
        cells, home = np.unique(self._evidence.cell[rows], return_inverse=True)
        months = np.zeros((cells.size, MONTHS), dtype=np.int32)
        bits = self._evidence.months[rows, None] & _BITS != 0
        np.maximum.at(months, home, bits * self._evidence.quanta[rows, None])
        return BaseRows.of_taxon(taxon_id, cells, months)


def rows_of_evidence(evidence: Evidence) -> Iterator[BaseRows]:
    """Yield what the sources of ranges say, taxon by taxon."""
    said = Said(evidence)
    yield from (rows for taxon_id in said.taxa if (rows := said.of(taxon_id)) is not None)


def rows_by_taxon(taxon_id: NDArray[np.int32]) -> Mapping[int, NDArray[np.intp]]:
    """Return the rows of each taxon, ascending, by its id."""
    order = np.argsort(taxon_id, kind="stable")
    taxa, starts = np.unique(taxon_id[order], return_index=True)
    parts = np.split(order, starts)[1:]
    return dict(zip(taxa.tolist(), parts, strict=True))


def found_at(
    wanted: NDArray[np.integer], held: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where each stands among the ascending ones that are held, and whether it does."""
    if not held.size:
        return np.zeros(wanted.shape, dtype=np.intp), np.zeros(wanted.shape, dtype=bool)
    at = np.minimum(held.searchsorted(wanted), held.size - 1)
    return at, held[at] == wanted
