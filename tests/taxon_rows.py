"""Base rows of one taxon, and the cells under one parent: what a build holds before it packs."""

from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.taxon import Taxon

PARENT: Final = h3.latlng_to_cell(-24.99, 31.55, 1)
OTHER: Final = h3.latlng_to_cell(48.0, 135.0, 1)
CHILDREN: Final = sorted(h3.cell_to_children(PARENT, 3))
HELD: Final = np.array(sorted([*CHILDREN, *h3.cell_to_children(OTHER, 3)]), dtype=np.int64)


@dataclass(frozen=True)
class Rows:
    """Base rows as the builder has them."""

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
    ) -> "Rows":
        assert records is not None
        return cls(np.full(cell.size, taxon_id, dtype=np.int32), cell, months, records)


def rows_of(taxon: Taxon, occurrence: dict[int, int], records: int = 0) -> Rows:
    """Return the rows of a taxon that occurs so all year, in quanta by cell."""
    cells = sorted(occurrence)
    months = np.array([[occurrence[cell]] * 12 for cell in cells], dtype=np.int32)
    return Rows.of_taxon(
        taxon.id,
        np.array(cells, dtype=np.int64),
        months,
        np.full((len(cells), 12), records, dtype=np.int64),
    )
