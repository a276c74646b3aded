"""Smoothing: what more visits, neighbours, months and sources of ranges do to occurrence."""

from dataclasses import replace
from random import Random

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cell_counts import cell_counts, even, in_year
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.rows import BaseRows
from fieldmark.atlas.smoothing import Smoothed, SmoothingSpec, smooth
from fieldmark.atlas.sources import Evidence

BASE = 2
TAXON, OTHER = 7, 9
PARENT = h3.latlng_to_cell(9.0, -84.0, BASE - 1)
CHILDREN = sorted(h3.cell_to_children(PARENT, BASE))
HOME = h3.latlng_to_cell(*h3.cell_to_latlng(PARENT), BASE)
AROUND = [cell for cell in CHILDREN if cell != HOME]
FAR = h3.latlng_to_cell(-30.0, 130.0, BASE)
SUMMER = np.array([0.0] * 3 + [10.0] * 6 + [0.0] * 3 + [0.0])
SPEC = SmoothingSpec()
ALL_YEAR_ALIKE = replace(SPEC, season_shrinkage=np.inf)

Counted = tuple[NDArray[np.float64], NDArray[np.float64]]


def _by_cell(smoothed: Smoothed, taxon: int = TAXON) -> dict[int, list[int]]:
    return {
        cell: months
        for rows in smoothed.rows
        if rows.taxon_id[0] == taxon
        for cell, months in zip(rows.cell.tolist(), rows.months.tolist(), strict=True)
    }


def _year(counts: CellCounts, cell: int, taxon: int = TAXON) -> float:
    return float(np.mean(_by_cell(smooth(counts), taxon).get(cell, [0] * 12)))


@st.composite
def visits(draw: st.DrawFn) -> dict[int, Counted]:
    """Visits to some cells, and how many of them found the taxon."""
    cells = draw(st.lists(st.sampled_from([*CHILDREN, FAR]), min_size=1, unique=True))
    drawn = {}
    for cell in cells:
        effort = draw(st.lists(st.integers(0, 300), min_size=13, max_size=13))
        found = [draw(st.integers(0, n)) for n in effort]
        drawn[cell] = np.array(found, dtype=np.float64), np.array(effort, dtype=np.float64)
    return drawn


def _counts(drawn: dict[int, Counted]) -> CellCounts:
    found = {(TAXON, cell): n for cell, (n, _) in drawn.items() if n.any()}
    effort = {cell: n for cell, (_, n) in drawn.items() if n.any()}
    return cell_counts(BASE, found, effort, {TAXON: 0})


@given(visits())
def test_occurrence_lies_between_nothing_and_all(drawn: dict[int, Counted]) -> None:
    for rows in smooth(_counts(drawn)).rows:
        assert rows.months.min() >= 0
        assert rows.months.max() <= 60_000
        assert rows.months.any(axis=1).all()


@given(visits(), st.integers(0, 12), st.integers(1, 50))
def test_more_visits_that_find_lower_nothing_anywhere(
    drawn: dict[int, Counted], month: int, more: int
) -> None:
    cell = next(iter(drawn))
    extra = np.eye(13)[month] * more
    found, effort = drawn[cell]
    then = drawn | {cell: (found + extra, effort + extra)}

    before, after = (_by_cell(smooth(_counts(d), None, ALL_YEAR_ALIKE)) for d in (drawn, then))

    for cell, months in before.items():
        assert min(after[cell][m] - months[m] for m in range(12)) >= -1


@given(visits(), st.integers(0, 12), st.integers(1, 50))
def test_more_visits_that_do_not_find_raise_nothing_anywhere(
    drawn: dict[int, Counted], month: int, more: int
) -> None:
    cell = next((c for c, (_, effort) in drawn.items() if effort.any()), next(iter(drawn)))
    found, effort = drawn[cell]
    then = drawn | {cell: (found, effort + np.eye(13)[month] * more)}

    before, after = (_by_cell(smooth(_counts(d), None, ALL_YEAR_ALIKE)) for d in (drawn, then))

    if effort.any():
        for cell, months in after.items():
            assert max(months[m] - before.get(cell, [0] * 12)[m] for m in range(12)) <= 1


@given(visits(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(drawn: dict[int, Counted], random: Random) -> None:
    counts = _counts(drawn)
    found, effort = list(range(counts.taxon_id.size)), list(range(counts.group.size))
    random.shuffle(found)
    random.shuffle(effort)
    other = replace(
        counts,
        taxon_id=counts.taxon_id[found],
        found_cell=counts.found_cell[found],
        found=counts.found[found],
        records=counts.records[found],
        group=counts.group[effort],
        effort_cell=counts.effort_cell[effort],
        effort=counts.effort[effort],
    )

    assert _by_cell(smooth(counts)) == _by_cell(smooth(other))


def test_where_nobody_looked_in_the_cell_or_around_it_there_is_no_record() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): even(1)}, {HOME: even(10)})

    smoothed = smooth(counts)

    base = {c for c in smoothed.cells.tolist() if h3.get_resolution(c) == BASE}
    assert base == set(h3.grid_disk(HOME, 1))
    assert FAR not in _by_cell(smoothed)


def test_what_is_seen_all_over_a_parent_is_likely_in_its_empty_child() -> None:
    counts = cell_counts(BASE, {(TAXON, c): even(5) for c in AROUND}, {c: even(10) for c in AROUND})

    assert _year(counts, HOME) > 0.8 * _year(counts, AROUND[0])


def test_searched_for_in_vain_is_less_likely_than_not_searched_for() -> None:
    found = {(TAXON, c): even(5) for c in AROUND}
    effort = {c: even(10) for c in AROUND}

    in_vain = _year(cell_counts(BASE, found, effort | {HOME: even(100)}), HOME)

    assert in_vain < 0.2 * _year(cell_counts(BASE, found, effort), HOME)


def test_a_busy_neighbour_does_not_drown_what_a_few_visits_found() -> None:
    found = {(TAXON, HOME): even(1)}
    effort = {HOME: even(2), AROUND[0]: even(100_000)}

    assert _year(cell_counts(BASE, found, effort), HOME) > 6_000


def test_a_season_survives() -> None:
    found = {(TAXON, c): SUMMER for c in CHILDREN}
    months = _by_cell(smooth(cell_counts(BASE, found, {c: even(50) for c in CHILDREN})))[HOME]

    assert min(months[4:8]) > 5 * max(months[0], months[1], months[11])


def test_effort_of_one_season_does_not_make_a_season() -> None:
    found = {(TAXON, c): SUMMER / 5.0 for c in CHILDREN}
    effort = dict.fromkeys(CHILDREN, SUMMER + 0.1)
    months = _by_cell(smooth(cell_counts(BASE, found, effort)))[HOME]

    assert max(months) < 1.5 * min(months)


def test_december_and_january_are_neighbours() -> None:
    winter = np.eye(13)[11] * 10.0
    months = _by_cell(smooth(cell_counts(BASE, {(TAXON, HOME): winter}, {HOME: even(10)})))[HOME]

    assert months[0] == pytest.approx(months[10], abs=1)
    assert months[0] > 2 * months[5]


def test_visits_of_which_only_the_year_is_known_count_for_all_months_alike() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): in_year(30)}, {HOME: in_year(100)})

    months = _by_cell(smooth(counts))[HOME]

    assert len(set(months)) == 1
    assert months[0] > 30_000


def test_visits_to_another_target_group_say_nothing() -> None:
    found = {(TAXON, HOME): even(2)}
    alone = {(1, HOME): even(10)}
    beside = alone | {(2, HOME): even(500), (2, AROUND[0]): even(500)}

    of_group = [cell_counts(BASE, found, effort, {TAXON: 1}) for effort in (alone, beside)]

    one, other = (_year(counts, HOME) for counts in of_group)
    assert one == other


def test_a_cell_that_only_others_looked_in_has_what_the_wider_cells_say() -> None:
    found = {(TAXON, c): even(5) for c in AROUND[:3]}
    effort = {(1, c): even(10) for c in AROUND[:3]} | {(2, HOME): even(50)}

    assert _year(cell_counts(BASE, found, effort, {TAXON: 1}), HOME) > 0


def test_a_wide_cell_beside_a_searched_one_is_spoken_for_by_it() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): even(20)}, {HOME: even(40)})
    smoothed = smooth(counts)
    said = _by_cell(smoothed)

    wide = {cell for cell in said if h3.get_resolution(cell) < BASE}
    effort = dict(zip(smoothed.cells.tolist(), smoothed.effort.sum(axis=1).tolist(), strict=True))
    assert wide
    assert {effort[cell] for cell in wide} == {0}
    assert wide.isdisjoint(h3.cell_to_parent(c, 1) for c in said if c not in wide)


def test_records_and_effort_lose_nothing_to_rounding() -> None:
    found = np.append(np.full(12, 0.4), 7.0)
    counts = cell_counts(BASE, {(TAXON, HOME): found}, {HOME: found + in_year(4)})
    smoothed = smooth(counts)

    (records,) = [r.records[r.cell == HOME] for r in smoothed.rows if HOME in r.cell.tolist()]
    at = smoothed.cells.tolist().index(HOME)
    assert records.sum() == round(found.sum())
    assert smoothed.effort[at].sum() == round(found.sum() + 4)


def test_a_wider_cell_has_the_effort_of_all_its_base_cells() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): even(1)}, {HOME: even(3), AROUND[0]: even(4)})
    smoothed = smooth(counts)

    at = smoothed.cells.tolist().index(PARENT)
    assert smoothed.effort[at].tolist() == [7] * 12


def _said(*rows: tuple[int, int, int]) -> Evidence:
    taxon, cell, quanta = zip(*rows, strict=True)
    return Evidence(
        np.array(taxon, dtype=np.int32),
        np.array(cell, dtype=np.int64),
        np.full(len(rows), 4095, dtype=np.int16),
        np.array(quanta, dtype=np.int32),
    )


def test_where_no_visit_is_near_a_source_of_ranges_stands_to_the_last_quantum() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): even(3)}, {HOME: even(10)})
    said = _by_cell(smooth(counts, _said((TAXON, FAR, 12_345), (OTHER, FAR, 1))))

    assert said[FAR] == [12_345] * 12
    assert _by_cell(smooth(counts, _said((OTHER, FAR, 1))), OTHER)[FAR] == [1] * 12


def test_a_range_and_visits_meet_between_what_each_says() -> None:
    counts = cell_counts(BASE, {(TAXON, HOME): even(1)}, {HOME: even(30)})
    alone = _year(counts, HOME)
    both = np.mean(_by_cell(smooth(counts, _said((TAXON, HOME, 60_000))))[HOME])

    assert alone < both < 60_000


def test_many_visits_in_vain_overrule_a_range() -> None:
    counts = cell_counts(BASE, {}, {HOME: even(2_000)}, {TAXON: 0})
    months = _by_cell(smooth(counts, _said((TAXON, HOME, 30_000)))).get(HOME, [0] * 12)

    assert max(months) < 3_000


def test_outside_its_range_a_taxon_is_less_likely_than_without_one() -> None:
    found = {(TAXON, c): even(5) for c in AROUND}
    counts = cell_counts(BASE, found, {c: even(10) for c in AROUND})

    with_range = np.mean(_by_cell(smooth(counts, _said((TAXON, FAR, 60_000))))[HOME])

    assert with_range < _year(counts, HOME)


def test_rows_of_a_taxon_ascend_by_cell() -> None:
    counts = cell_counts(
        BASE, {(TAXON, c): even(5) for c in AROUND}, {c: even(10) for c in CHILDREN}
    )

    for rows in smooth(counts).rows:
        assert isinstance(rows, BaseRows)
        assert (np.diff(rows.cell) > 0).all()
