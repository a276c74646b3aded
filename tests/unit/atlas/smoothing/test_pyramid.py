"""The pyramid: what somebody looked in, what lies around it, and all that holds either."""

import h3.api.basic_int as h3
import numpy as np
import pytest

from fieldmark.atlas.rows import found_at
from fieldmark.atlas.smoothing.pyramid import Pyramid

BASE = 3
NONE = np.zeros(0, dtype=np.int64)
PENTAGON = h3.cell_to_children(0x8009FFFFFFFFFFF, BASE)[0]
HOME = h3.latlng_to_cell(9.0, -84.0, BASE)


def _over(*cells: int, rings: bool = True) -> Pyramid:
    return Pyramid.over(np.array(cells, dtype=np.int64), BASE, NONE, rings=rings)


@pytest.mark.parametrize("cell", [HOME, PENTAGON])
def test_the_ring_of_what_was_looked_in_is_there_at_every_level(cell: int) -> None:
    pyramid = _over(cell)

    for number, level in enumerate(pyramid.levels):
        holder = h3.cell_to_parent(cell, number)
        assert set(h3.grid_disk(holder, 1)) <= set(level.cells.tolist())


@pytest.mark.parametrize("cell", [HOME, PENTAGON])
def test_parent_and_ring_are_those_of_h3(cell: int) -> None:
    pyramid = _over(cell)

    for number, level in enumerate(pyramid.levels):
        held = level.cells.tolist()
        for row, own in enumerate(held):
            near = [held[at] for at in level.ring[row].tolist() if at < len(held)]
            assert set(near) == (set(h3.grid_disk(own, 1)) - {own}) & set(held)
            if number:
                above = pyramid.levels[number - 1].cells
                assert above[level.parent[row]] == h3.cell_to_parent(own, number - 1)


def test_the_children_of_a_cell_lie_side_by_side() -> None:
    pyramid = _over(HOME, PENTAGON)

    for level, below in zip(pyramid.levels, pyramid.levels[1:], strict=False):
        for row, cell in enumerate(level.cells.tolist()):
            inside = below.cells[level.children[row] : level.children[row + 1]]
            parents = [h3.cell_to_parent(child) for child in inside.tolist()]
            assert parents == [cell] * inside.size
        assert level.children[-1] == below.cells.size


def test_without_rings_only_the_cells_and_what_holds_them_are_there() -> None:
    pyramid = _over(HOME, rings=False)

    assert [level.cells.tolist() for level in pyramid.levels] == [
        [h3.cell_to_parent(HOME, number)] for number in range(BASE + 1)
    ]


def test_cells_that_a_source_speaks_of_are_there_without_rings() -> None:
    pyramid = Pyramid.over(NONE, BASE, np.array([HOME], dtype=np.int64))

    assert pyramid.base.cells.tolist() == [HOME]


def test_what_is_not_held_is_not_found() -> None:
    at, held = found_at(np.array([5, 1, 9]), np.array([1, 5]))

    assert held.tolist() == [True, True, False]
    assert at[:2].tolist() == [1, 0]
    assert not found_at(np.array([5]), np.zeros(0, dtype=np.int64))[1].any()
