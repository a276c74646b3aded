"""Counting: the highest speaks for a month, a parent is the mean over all its children."""

from collections.abc import Iterable
from fractions import Fraction

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.aggregate import Holders, release_rows
from fieldmark.atlas.rows import BaseRows, ReleaseRows, rows_of_evidence
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


def _count(cells: list[int], *rows: tuple[int, int, int, int]) -> ReleaseRows:
    return _released(rows_of_evidence(_evidence(*rows)), cells, all_count=True)


def _released(rows: Iterable[BaseRows], cells: list[int], *, all_count: bool) -> ReleaseRows:
    holders = Holders.of(np.array(cells, dtype=np.int64), BASE, all_count=all_count)
    return ReleaseRows.joined(list(release_rows(rows, holders))).ordered()


def _months(rows: ReleaseRows, taxon: int, cell: int) -> list[int]:
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


def test_the_order_of_the_evidence_does_not_matter() -> None:
    generator = np.random.default_rng(1)
    some = [
        (int(taxon), CHILDREN[int(child)], int(months), int(quanta))
        for taxon, child, months, quanta in generator.integers(1, [5, 7, 4096, 60_001], (200, 4))
    ]

    one, other = _count(CHILDREN, *some), _count(CHILDREN, *reversed(some))

    assert np.array_equal(one.months, other.months)
    assert np.array_equal(one.cell, other.cell)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_base_cell_has_a_holder_of_each_level(level: int) -> None:
    cells = Holders.of(np.array(CHILDREN), BASE, all_count=True).cells.tolist()
    expected = {h3.cell_to_parent(child, level) for child in CHILDREN}

    assert {cell for cell in cells if h3.get_resolution(cell) == level} == expected


def _found(cell: int, quanta: int, records: int) -> BaseRows:
    months = np.full((1, 12), quanta, dtype=np.int32)
    return BaseRows.of_taxon(1, np.array([cell]), months, np.full((1, 12), records))


def test_where_somebody_looked_in_some_cells_only_a_parent_is_the_mean_over_those() -> None:
    rows = _released([_found(CHILDREN[0], 60_000, 3)], CHILDREN[:3], all_count=False)

    assert _months(rows, 1, PARENT) == [20_000] * 12


def test_a_parent_has_the_records_of_all_its_children() -> None:
    found = [_found(CHILDREN[0], 60_000, 3), _found(CHILDREN[1], 600, 4)]
    rows = _released(found, CHILDREN, all_count=False)

    assert rows.records[rows.cell == PARENT].tolist() == [[7] * 12]


def test_what_is_said_of_a_coarser_cell_without_base_cells_stays() -> None:
    beside = next(c for c in h3.grid_disk(PARENT, 1) if c != PARENT)
    said = [_found(CHILDREN[0], 60_000, 3), _found(beside, 30_000, 0)]
    rows = _released(said, CHILDREN, all_count=False)

    assert _months(rows, 1, beside) == [30_000] * 12
    assert rows.best.tolist() == [60_000] * rows.best.size


def test_a_coarser_cell_in_which_nothing_is_left_after_rounding_is_not_listed() -> None:
    rows = _released([_found(CHILDREN[0], 3, 1)], CHILDREN, all_count=False)

    assert rows.cell.tolist() == [CHILDREN[0]]


def test_a_taxon_that_no_base_cell_has_is_not_listed() -> None:
    beside = next(c for c in h3.grid_disk(PARENT, 1) if c != PARENT)

    assert _released([_found(beside, 30_000, 0)], CHILDREN, all_count=False).cell.size == 0


@given(st.lists(st.integers(7, 60_000), min_size=1, max_size=7), st.integers(7, 13))
def test_a_mean_is_rounded_half_up_and_exactly(quanta: list[int], cells: int) -> None:
    base = sorted(h3.cell_to_children(h3.cell_to_parent(PARENT, 0), BASE))[:cells]
    rows = _released(
        [
            BaseRows.joined(
                [_found(cell, some, 1) for cell, some in zip(base, quanta, strict=False)]
            )
        ],
        base,
        all_count=False,
    )

    widest = h3.cell_to_parent(PARENT, 0)
    assert _months(rows, 1, widest) == [int(Fraction(sum(quanta), cells) + Fraction(1, 2))] * 12
