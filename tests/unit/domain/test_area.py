from dataclasses import replace

import numpy as np
import pytest

from animals import COUGAR, JAGUAR, LION, cell_record
from fieldmark.domain.area import blend

JANUARY_ONLY = [1.0] + [0.0] * 11


def test_one_cell_speaks_for_itself() -> None:
    features = blend([cell_record({LION: 0.5})], [1.0], 7)

    assert features.taxon_ids.tolist() == [LION.id]
    assert features.occurrence.tolist() == [0.5]


def test_cells_under_a_circle_are_averaged_by_their_share() -> None:
    both = [cell_record({LION: 1.0, JAGUAR: 0.4}), cell_record({LION: 0.2})]

    features = blend(both, [0.75, 0.25], 7)

    assert features.taxon_ids.tolist() == sorted([LION.id, JAGUAR.id])
    assert features.occurrence[features.rows(np.array([LION.id], np.int32))[0]] == pytest.approx(
        0.8
    )
    assert features.occurrence[features.rows(np.array([JAGUAR.id], np.int32))[0]] == pytest.approx(
        0.3
    )


def test_without_a_month_the_best_month_speaks() -> None:
    record = cell_record({LION: JANUARY_ONLY})

    assert blend([record], [1.0], None).occurrence.tolist() == [1.0]
    assert blend([record], [1.0], 6).occurrence.tolist() == [0.0]


def test_a_taxon_that_is_not_here_has_no_row() -> None:
    features = blend([cell_record({LION: 0.5})], [1.0], 7)

    asked = np.array([LION.id, COUGAR.id, 1], dtype=np.int32)
    assert features.rows(asked).tolist() == [0, -1, -1]


def test_an_area_without_animals_has_no_rows_at_all() -> None:
    features = blend([cell_record({})], [1.0], None)

    assert features.rows(np.array([LION.id], dtype=np.int32)).tolist() == [-1]


def test_effort_is_that_of_all_cells_under_the_circle() -> None:
    cells = [replace(cell_record({LION: 1.0}), effort=np.full(12, n)) for n in (3, 4)]

    features = blend(cells, [0.5, 0.5], None)

    assert features.effort is not None
    assert features.effort.tolist() == [7] * 12


def test_effort_is_not_known_where_one_of_the_cells_does_not_know_it() -> None:
    cells = [replace(cell_record({LION: 1.0}), effort=np.full(12, 3)), cell_record({LION: 1.0})]

    assert blend(cells, [0.5, 0.5], None).effort is None
