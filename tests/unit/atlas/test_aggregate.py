"""Counting: the highest speaks for a month, a parent is the mean over all its children."""

import h3.api.basic_int as h3
import ibis
import numpy as np
import pytest

from fieldmark.atlas.aggregate import MONTH_COLUMNS, evidence_table, levels_table, occurrence
from fieldmark.atlas.pack import OccurrenceRows
from fieldmark.atlas.sources import Evidence

BASE = 2
PARENT = h3.latlng_to_cell(10.0, 10.0, 1)
CHILDREN = sorted(h3.cell_to_children(PARENT, BASE))
PENTAGON = 0x8009FFFFFFFFFFF


def _evidence(*rows: tuple[int, int, int, int]) -> Evidence:
    taxon, cell, months, quanta = zip(*rows, strict=True)
    return Evidence(
        np.array(taxon, dtype=np.int32),
        np.array(cell, dtype=np.int64),
        np.array(months, dtype=np.int16),
        np.array(quanta, dtype=np.int32),
    )


def _count(cells: list[int], *rows: tuple[int, int, int, int]) -> OccurrenceRows:
    levels = levels_table(np.array(cells, dtype=np.int64), BASE)
    table = occurrence(evidence_table(_evidence(*rows)), levels)
    return OccurrenceRows(ibis.duckdb.connect().to_pyarrow(table))


def _months(rows: OccurrenceRows, taxon: int, cell: int) -> list[int]:
    (row,) = np.flatnonzero((rows.taxon_id == taxon) & (rows.cell == cell))
    return [int(quanta) for quanta in rows.months[row]]


def test_a_month_has_what_its_rows_say() -> None:
    rows = _count(CHILDREN, (1, CHILDREN[0], 0b101, 60_000))

    assert _months(rows, 1, CHILDREN[0]) == [60_000, 0, 60_000] + [0] * 9


def test_of_several_rows_the_highest_counts() -> None:
    rows = _count(CHILDREN, (1, CHILDREN[0], 0b11, 9_000), (1, CHILDREN[0], 0b1, 30_000))

    assert _months(rows, 1, CHILDREN[0])[:2] == [30_000, 9_000]


def test_a_parent_is_the_mean_over_all_its_children() -> None:
    rows = _count(CHILDREN, (1, CHILDREN[0], 1, 60_000), (1, CHILDREN[3], 1, 30_000))

    assert _months(rows, 1, PARENT)[0] == round(90_000 / 7)


def test_the_widest_cell_counts_base_cells_not_children() -> None:
    rows = _count(CHILDREN, *((1, child, 1, 60_000) for child in CHILDREN))

    assert _months(rows, 1, h3.cell_to_parent(PARENT, 0))[0] == round(60_000 * 7 / 49)


def test_a_pentagon_has_fewer_base_cells() -> None:
    cells = sorted(h3.cell_to_children(PENTAGON, BASE))
    rows = _count(cells, *((1, cell, 1, 60_000) for cell in cells))

    assert len(cells) == 41
    assert _months(rows, 1, PENTAGON)[0] == 60_000


def test_best_is_the_highest_of_the_taxon_in_any_base_cell_and_month() -> None:
    rows = _count(
        CHILDREN,
        (1, CHILDREN[0], 1, 9_000),
        (1, CHILDREN[1], 0b10, 30_000),
        (2, CHILDREN[1], 1, 60_000),
    )

    assert set(rows.best[rows.taxon_id == 1].tolist()) == {30_000}
    assert set(rows.best[rows.taxon_id == 2].tolist()) == {60_000}


def test_rows_ascend_by_cell_and_taxon() -> None:
    rows = _count(CHILDREN, (2, CHILDREN[1], 1, 1), (1, CHILDREN[1], 1, 1), (3, CHILDREN[0], 1, 1))

    keys = list(zip(rows.cell.tolist(), rows.taxon_id.tolist(), strict=True))
    assert keys == sorted(keys)


def test_the_order_of_the_evidence_does_not_matter() -> None:
    generator = np.random.default_rng(1)
    some = [
        (int(taxon), CHILDREN[int(child)], int(months), int(quanta))
        for taxon, child, months, quanta in generator.integers(1, [5, 7, 4096, 60_001], (200, 4))
    ]

    one, other = _count(CHILDREN, *some), _count(CHILDREN, *reversed(some))

    assert np.array_equal(one.months, other.months)
    assert np.array_equal(one.cell, other.cell)


def test_the_twelve_columns_are_in_the_order_of_the_year() -> None:
    assert MONTH_COLUMNS[0] == "month_01"
    assert list(MONTH_COLUMNS) == sorted(MONTH_COLUMNS)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_base_cell_has_a_holder_of_each_level(level: int) -> None:
    levels = ibis.duckdb.connect().to_pyarrow(levels_table(np.array(CHILDREN), BASE))
    holders = [h for h in levels["holder"].to_pylist() if h3.get_resolution(h) == level]

    assert len(holders) == len(CHILDREN)
