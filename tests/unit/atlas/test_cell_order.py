"""Rows by taxon become rows by cell, however many pieces it takes."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldmark.atlas import cell_order
from fieldmark.atlas.cell_order import by_cell
from fieldmark.atlas.rows import ReleaseRows
from fieldmark.atlas_format import MAX_COUNT

CELLS = np.arange(1, 5_001, dtype=np.int64)


def rows(taxon_id: int, cell: NDArray[np.int64], seed: int) -> ReleaseRows:
    chance = np.random.default_rng(seed)
    months = chance.integers(0, 60_000, (cell.size, 12), dtype=np.int32)
    return ReleaseRows.of_taxon(taxon_id, 60_000, cell, months, months.astype(np.int64) << 16)


def test_a_count_that_does_not_fit_becomes_the_highest_that_does() -> None:
    months, many = np.ones((1, 12), dtype=np.int32), np.full((1, 12), 2**33)

    assert (ReleaseRows.of_taxon(1, 1, CELLS[:1], months, many).records == MAX_COUNT).all()


@pytest.mark.parametrize(("quanta", "count"), [(70_000, 1), (-1, 1), (1, -1)])
def test_what_cannot_be_is_refused_before_it_is_narrowed(quanta: int, count: int) -> None:
    months = np.full((1, 12), quanta, dtype=np.int32)

    with pytest.raises(ValueError, match="cannot be"):
        ReleaseRows.of_taxon(1, 1, CELLS[:1], months, np.full((1, 12), count))


def some(taxa: int) -> list[ReleaseRows]:
    chance = np.random.default_rng(1)
    order = chance.permutation(taxa)
    return [rows(int(t), chance.choice(CELLS, 300, replace=False), int(t)) for t in order]


@pytest.mark.parametrize("held_rows", [1, 1_000, 1 << 18])
def test_all_rows_come_out_by_cell_and_taxon(
    held_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_order, "_HELD_ROWS", held_rows)
    given = ReleaseRows.joined(some(20))

    found = ReleaseRows.joined(list(by_cell(iter(some(20)), CELLS, tmp_path)))

    expected = given.ordered()
    keys = list(zip(expected.cell.tolist(), expected.taxon_id.tolist(), strict=True))
    assert keys == sorted(keys)
    for column in ("cell", "taxon_id", "best", "months", "records"):
        assert np.array_equal(getattr(found, column), getattr(expected, column))


def test_cells_that_nobody_named_have_their_place(tmp_path: Path) -> None:
    beside = np.array([0, 9_999_999], dtype=np.int64)

    found = list(by_cell([rows(1, beside, 1), rows(2, CELLS, 2)], CELLS, tmp_path))

    cells = np.concatenate([part.cell for part in found])
    assert cells.tolist() == [0, *CELLS.tolist(), 9_999_999]


def test_nothing_lies_around(tmp_path: Path) -> None:
    batches = by_cell(some(5), CELLS, tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert sum(part.cell.size for part in batches) == 5 * 300


@pytest.mark.parametrize("given", [[], [rows(1, CELLS[:0], 1)]])
def test_no_rows_are_no_rows(given: list[ReleaseRows], tmp_path: Path) -> None:
    assert sum(part.cell.size for part in by_cell(given, CELLS[:0], tmp_path)) == 0
