"""Packing: each distinct record once, ranges of the base resolution only."""

import h3.api.basic_int as h3
import numpy as np

from animals import JAGUAR, LION
from fieldmark.atlas.pack import OccurrenceRows, pack
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import unpack_range, unpack_record
from releases import RELEASE

BASE = h3.latlng_to_cell(-24.99, 31.55, 3)
NEXT = next(cell for cell in h3.grid_disk(BASE, 1) if cell != BASE)
PARENT = h3.cell_to_parent(BASE, 2)
TAXA = Taxa({LION.id: LION, JAGUAR.id: JAGUAR}, frozenset())


def _rows(*rows: tuple[int, int, int, list[int]]) -> OccurrenceRows:
    cell, taxon, best, months = zip(*sorted(rows), strict=True)
    packed = OccurrenceRows.__new__(OccurrenceRows)
    packed.cell = np.array(cell, dtype=np.int64)
    packed.taxon_id = np.array(taxon, dtype=np.int32)
    packed.best = np.array(best, dtype=np.int32)
    packed.months = np.array(months, dtype=np.int32)
    return packed


def test_a_record_has_all_taxa_of_its_cell() -> None:
    content = pack(
        _rows(
            (BASE, LION.id, 60_000, [60_000] * 12),
            (BASE, JAGUAR.id, 30_000, [30_000] + [0] * 11),
        ),
        RELEASE,
        TAXA,
    )

    record = unpack_record(content.records[content.cells[BASE]])
    assert record.taxon_ids.tolist() == sorted((LION.id, JAGUAR.id))
    assert record.occurrence[:, 0].tolist() == [1.0, 0.5]
    assert record.best.tolist() == [1.0, 0.5]


def test_cells_that_know_the_same_share_one_record() -> None:
    year = [60_000] * 12
    content = pack(
        _rows(
            (BASE, LION.id, 60_000, year),
            (NEXT, LION.id, 60_000, year),
            (PARENT, JAGUAR.id, 1, year),
        ),
        RELEASE,
        TAXA,
    )

    assert content.cells[BASE] == content.cells[NEXT] != content.cells[PARENT]
    assert len(content.records) == 2


def test_a_range_holds_base_cells_with_their_months() -> None:
    content = pack(
        _rows(
            (BASE, LION.id, 60_000, [0, 1] + [0] * 10),
            (NEXT, LION.id, 60_000, [0] * 11 + [60_000]),
            (PARENT, LION.id, 60_000, [1] * 12),
        ),
        RELEASE,
        TAXA,
    )

    assert unpack_range(content.ranges[LION.id]) == {BASE: 0b10, NEXT: 1 << 11}
