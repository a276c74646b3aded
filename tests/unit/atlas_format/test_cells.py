"""Many cells at once: what their bits tell is what H3 says of each."""

import h3.api.basic_int as h3
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.atlas_format.cells import (
    are_cells,
    children_of,
    compacted,
    counts_within,
    parents_of,
    resolutions_of,
)

PENTAGONS = [cell for level in range(5) for cell in h3.get_pentagons(level)]
PLACES = st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))


def cells_of(resolution: int) -> st.SearchStrategy[list[int]]:
    """Cells of one resolution, pentagons and those beside them among them."""
    common = PLACES.map(lambda place: h3.latlng_to_cell(*place, resolution))
    odd = st.sampled_from([c for p in h3.get_pentagons(resolution) for c in h3.grid_disk(p, 1)])
    return st.lists(common | odd, max_size=12, unique=True)


SOME = st.integers(0, 6).flatmap(cells_of)


def _array(cells: list[int]) -> NDArray[np.int64]:
    return np.array(cells, dtype=np.int64)


@given(SOME)
def test_resolutions_and_parents_are_those_of_h3(cells: list[int]) -> None:
    for cell in cells:
        resolution = h3.get_resolution(cell)
        assert resolutions_of(_array([cell])).tolist() == [resolution]
        parent = h3.cell_to_parent(cell) if resolution else cell
        assert parents_of(_array([cell]), resolution).tolist() == [parent]


@given(SOME)
def test_children_are_those_of_h3_with_their_homes(cells: list[int]) -> None:
    finer = h3.get_resolution(cells[0]) + 1 if cells else 1

    children, home = children_of(_array(cells), finer)

    pairs = [(child, n) for n, cell in enumerate(cells) for child in h3.cell_to_children(cell)]
    assert sorted(zip(children.tolist(), home.tolist(), strict=True)) == sorted(pairs)


@given(SOME, SOME, st.integers(0, 4))
def test_counts_within_are_those_of_h3(some: list[int], more: list[int], deeper: int) -> None:
    cells = [*some, *more]
    finest = max(map(h3.get_resolution, cells), default=0) + deeper

    counts = counts_within(_array(cells), finest)

    assert counts.tolist() == [h3.cell_to_children_size(cell, finest) for cell in cells]


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(2**59, 2**60), max_size=20))
def test_numbers_are_cells_where_h3_says_so(numbers: list[int]) -> None:
    valid = [number >= 0 and h3.is_valid_cell(number) for number in numbers]

    assert are_cells(_array(numbers)).tolist() == valid


@given(SOME, st.data())
def test_a_cell_with_one_bit_changed_is_one_where_h3_says_so(
    cells: list[int], data: st.DataObject
) -> None:
    changed = [cell ^ 1 << data.draw(st.integers(0, 62)) for cell in [*cells, *PENTAGONS[::9]]]

    assert are_cells(_array(cells)).all()
    assert are_cells(_array(changed)).tolist() == [h3.is_valid_cell(cell) for cell in changed]


@given(st.integers(1, 4).flatmap(lambda level: st.tuples(st.just(level), cells_of(level))))
def test_groups_are_compacted_as_h3_compacts_each(drawn: tuple[int, list[int]]) -> None:
    resolution, seeds = drawn
    families = [h3.cell_to_children(h3.cell_to_parent(cell), resolution) for cell in seeds[::2]]
    wider = [h3.cell_to_parent(cell, max(0, resolution - 2)) for cell in seeds[:1]]
    groups = {
        3: {*seeds, *(cell for family in families for cell in family)},
        8: {child for cell in wider for child in h3.cell_to_children(cell, resolution)},
    }
    pairs = [(cell, group) for group, cells in groups.items() for cell in cells]

    kept, group = compacted(
        _array([cell for cell, _ in pairs]), _array([group for _, group in pairs]), resolution
    )

    for number, cells in groups.items():
        assert sorted(kept[group == number].tolist()) == sorted(h3.compact_cells(cells))
