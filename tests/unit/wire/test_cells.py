import h3.api.basic_int as h3
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.wire import cells_inside, widest_cells


def test_the_widest_cells_cover_the_earth() -> None:
    assert len({cell.cell for cell in widest_cells().cells}) == 122


def test_there_is_nothing_inside_the_finest_cell() -> None:
    assert cells_inside(h3.latlng_to_cell(0.0, 0.0, 15)).cells == []


@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 3))
def test_the_cells_inside_are_children_with_their_centres(
    latitude: float, longitude: float, resolution: int
) -> None:
    parent = h3.latlng_to_cell(latitude, longitude, resolution)

    inside = cells_inside(parent)

    assert inside.resolution == resolution + 1
    for child in inside.cells:
        assert h3.cell_to_parent(h3.str_to_int(child.cell), resolution) == parent
        there = h3.latlng_to_cell(child.latitude, child.longitude, resolution + 1)
        assert there == h3.str_to_int(child.cell)
