"""Packing: each distinct record once, ranges of the base resolution only."""

import h3.api.basic_int as h3
import numpy as np
import pytest

from animals import JAGUAR, LION
from fieldmark.atlas.pack import CellEffort, pack, range_of
from fieldmark.atlas.rows import ReleaseRows
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import unpack_range, unpack_record
from releases import RELEASE

BASE = h3.latlng_to_cell(-24.99, 31.55, 3)
NEXT = next(cell for cell in h3.grid_disk(BASE, 1) if cell != BASE)
PARENT = h3.cell_to_parent(BASE, 2)
TAXA = Taxa({LION.id: LION, JAGUAR.id: JAGUAR}, frozenset())


def _rows(*rows: tuple[int, int, int, list[int]]) -> list[ReleaseRows]:
    cell, taxon, best, months = zip(*sorted(rows), strict=True)
    return [
        ReleaseRows(
            cell=np.array(cell, dtype=np.int64),
            taxon_id=np.array(taxon, dtype=np.int32),
            best=np.array(best, dtype=np.uint16),
            months=np.array(months, dtype=np.uint16),
            records=np.array(months, dtype=np.uint32) // 10_000,
        )
    ]


def test_a_record_has_all_taxa_of_its_cell() -> None:
    content = pack(
        _rows(
            (BASE, LION.id, 60_000, [60_000] * 12),
            (BASE, JAGUAR.id, 30_000, [30_000] + [0] * 11),
        ),
        {},
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
        {},
        RELEASE,
        TAXA,
    )

    assert content.cells[BASE] == content.cells[NEXT] != content.cells[PARENT]
    assert len(content.records) == 2


def test_a_range_holds_base_cells_with_their_months() -> None:
    (rows,) = _rows(
        (BASE, LION.id, 60_000, [0, 1] + [0] * 10),
        (NEXT, LION.id, 60_000, [0] * 11 + [60_000]),
        (PARENT, LION.id, 60_000, [1] * 12),
    )

    assert unpack_range(range_of(rows, 3)) == {BASE: 0b10, NEXT: 1 << 11}


def test_batches_may_end_inside_a_cell() -> None:
    (rows,) = _rows(
        (BASE, LION.id, 60_000, [60_000] * 12),
        (BASE, JAGUAR.id, 30_000, [30_000] * 12),
        (NEXT, JAGUAR.id, 30_000, [30_000] * 12),
    )

    whole = pack([rows], {}, RELEASE, TAXA)
    pieces = pack([rows.part(slice(n, n + 1)) for n in range(3)], {}, RELEASE, TAXA)

    assert pieces == whole


def test_without_effort_no_records_are_counted() -> None:
    content = pack(_rows((BASE, LION.id, 60_000, [60_000] * 12)), {}, RELEASE, TAXA)

    record = unpack_record(content.records[0])
    assert record.records is None
    assert record.effort is None


def test_with_effort_a_record_says_how_many_are_behind_it() -> None:
    effort = CellEffort(np.array([BASE]), np.arange(12).reshape(1, 12))
    content = pack(_rows((BASE, LION.id, 60_000, [60_000] * 12)), {}, RELEASE, TAXA, effort)

    record = unpack_record(content.records[0])
    assert record.records is not None
    assert record.effort is not None
    assert record.records.tolist() == [[6] * 12]
    assert record.effort.tolist() == list(range(12))


def test_a_cell_in_which_somebody_looked_in_vain_has_a_record_that_lists_nothing() -> None:
    cells = np.array(sorted((BASE, NEXT)))
    effort = CellEffort(cells, np.full((2, 12), 5))
    content = pack(_rows((BASE, LION.id, 60_000, [60_000] * 12)), {}, RELEASE, TAXA, effort)

    record = unpack_record(content.records[content.cells[NEXT]])
    assert record.taxon_ids.size == 0
    assert record.effort is not None
    assert record.effort.tolist() == [5] * 12


def test_rows_of_a_cell_whose_effort_is_not_known_are_a_fault() -> None:
    effort = CellEffort(np.array([NEXT]), np.full((1, 12), 5))

    with pytest.raises(ValueError, match="rows and no effort"):
        pack(_rows((BASE, LION.id, 60_000, [60_000] * 12)), {}, RELEASE, TAXA, effort)
