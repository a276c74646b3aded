"""Rows of a release before they are packed: one for each taxon and cell.

Base rows come taxon by taxon, whether sources of ranges say it or records; the rows of a release
are those and what is coarser, cell by cell.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.domain.area import MONTHS

__all__ = [
    "MONTH_COLUMNS",
    "RECORD_COLUMNS",
    "SCHEMA",
    "BaseRows",
    "ReleaseRows",
    "Said",
    "batches",
    "rows_by_taxon",
    "rows_of_evidence",
]

MONTH_COLUMNS: Final = tuple(f"month_{month:02d}" for month in range(1, MONTHS + 1))
RECORD_COLUMNS: Final = tuple(f"records_{month:02d}" for month in range(1, MONTHS + 1))

SCHEMA: Final = pa.schema(
    [
        ("taxon_id", pa.int32()),
        ("cell", pa.int64()),
        *((column, pa.int32()) for column in MONTH_COLUMNS),
        *((column, pa.int64()) for column in RECORD_COLUMNS),
    ]
)

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

    def table(self) -> Any:  # noqa: ANN401 - an Arrow table, which has no types
        """Return them as an Arrow table of ``SCHEMA``."""
        columns = [self.taxon_id, self.cell, *self.months.T, *self.records.T]
        return pa.table([pa.array(column) for column in columns], schema=SCHEMA)


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseRows:
    """``n`` rows, ascending by cell and taxon: base cells and coarser ones.

    ``cell``, ``taxon_id``, ``best`` ``[n]``; ``months`` ``[n, 12]``; the last two in quanta.
    ``records`` ``[n, 12]`` counts those behind it.
    """

    cell: NDArray[np.int64]
    taxon_id: NDArray[np.int32]
    best: NDArray[np.int32]
    months: NDArray[np.int32]
    records: NDArray[np.int64]

    @classmethod
    def of(cls, table: Any) -> Self:  # noqa: ANN401 - an Arrow table, which has no types
        """Return the rows of an Arrow table, or batch, with those columns."""
        return cls(
            cell=table["cell"].to_numpy(),
            taxon_id=table["taxon_id"].to_numpy(),
            best=table["best"].to_numpy(),
            months=np.stack([table[column].to_numpy() for column in MONTH_COLUMNS], axis=1),
            records=np.stack([table[column].to_numpy() for column in RECORD_COLUMNS], axis=1),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, one or more, one after the other."""
        columns = ("cell", "taxon_id", "best", "months", "records")
        return cls(*(np.concatenate([getattr(part, c) for part in parts]) for c in columns))

    def part(self, rows: slice) -> "ReleaseRows":
        """Return some of the rows."""
        return ReleaseRows(
            self.cell[rows],
            self.taxon_id[rows],
            self.best[rows],
            self.months[rows],
            self.records[rows],
        )


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


def batches(rows: Iterable[BaseRows], size: int) -> Iterator[BaseRows]:
    """Yield the same rows in batches of at least that size, the last one excepted."""
    waiting: list[BaseRows] = []
    held = 0
    for part in rows:
        waiting.append(part)
        held += part.cell.size
        if held >= size:
            yield BaseRows.joined(waiting)
            waiting, held = [], 0
    if waiting:
        yield BaseRows.joined(waiting)
