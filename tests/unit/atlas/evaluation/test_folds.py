"""Holding out: nothing that is scored was learned from, and blocks are wide."""

import math

import h3.api.basic_int as h3
import numpy as np
import pytest

from cell_counts import cell_counts, even
from fieldmark.atlas.evaluation.folds import BLOCK_RESOLUTION, by_block, by_visit
from fieldmark.atlas.evaluation.world import WorldSpec, counted, generated
from fieldmark.atlas.records.counts import CellCounts

COUNTS = counted(generated(WorldSpec(seed=3, taxa=4, areas=2)))
EARTH_KM = 6371.0


def _block(cell: int) -> int:
    return h3.cell_to_parent(cell, BLOCK_RESOLUTION)


def _blocks(counts: CellCounts) -> set[int]:
    return {_block(c) for c in [*counts.effort_cell.tolist(), *counts.found_cell.tolist()]}


def _unit(place: tuple[float, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    lat, lng = map(math.radians, place)
    return np.array([math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)])


def test_every_block_of_the_earth_is_500_km_wide_at_least() -> None:
    for base in h3.get_res0_cells():
        for block in h3.cell_to_children(base, BLOCK_RESOLUTION):
            centre = _unit(h3.cell_to_latlng(block))
            corners = [_unit(place) for place in h3.cell_to_boundary(block)]
            for one, next_ in zip(corners, [*corners[1:], corners[0]], strict=True):
                edge = np.cross(one, next_)
                away = math.asin(abs(edge @ centre) / float(np.linalg.norm(edge)))
                assert 2.0 * EARTH_KM * away >= 500.0


def test_what_is_learned_from_knows_nothing_of_the_blocks_that_are_held_out() -> None:
    for fold in by_block(COUNTS, 3, seed=1):
        assert _blocks(fold.known).isdisjoint(_blocks(fold.held_out))


def test_what_is_scored_has_no_neighbour_outside_its_block() -> None:
    for fold in by_block(COUNTS, 3, seed=1):
        for cell in set(fold.held_out.effort_cell.tolist()):
            assert {_block(near) for near in h3.grid_disk(cell, 1)} == {_block(cell)}


def test_each_block_is_held_out_once() -> None:
    held = [_blocks(fold.held_out) for fold in by_block(COUNTS, 3, seed=1)]

    assert sum(map(len, held)) == len(set().union(*held))


def test_visits_are_dealt_out_without_loss() -> None:
    fold = by_visit(COUNTS, 0.3, seed=1)

    assert fold.known.effort.sum() + fold.held_out.effort.sum() == COUNTS.effort.sum()
    assert fold.known.found.sum() + fold.held_out.found.sum() == COUNTS.found.sum()
    assert fold.held_out.effort.sum() == pytest.approx(0.3 * COUNTS.effort.sum(), rel=0.05)


def test_no_part_finds_more_often_than_it_visits() -> None:
    home = h3.latlng_to_cell(9.0, -84.0, 3)
    always = cell_counts(3, {(1, home): even(5)}, {home: even(5)})

    fold = by_visit(always, 0.5, seed=1)

    assert (fold.held_out.found <= fold.held_out.effort).all()
    assert (fold.known.found == fold.known.effort).all()
