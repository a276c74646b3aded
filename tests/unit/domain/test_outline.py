import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.domain.outline import outline_of, outlines_of

positions = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(positions, st.integers(0, 6))
def test_an_outline_is_closed_and_of_one_piece(position: tuple[float, float], level: int) -> None:
    ring = outline_of(h3.latlng_to_cell(*position, level))

    assert ring[0] == ring[-1]
    assert max(x for x, _ in ring) - min(x for x, _ in ring) <= 360
    assert all(-90 <= y <= 90 for _, y in ring)


def test_an_outline_over_the_antimeridian_runs_on() -> None:
    ring = outline_of(h3.latlng_to_cell(0.0, 179.95, 3))

    longitudes = [x for x, _ in ring]
    assert max(longitudes) - min(longitudes) < 5
    assert max(longitudes) > 180


def test_neighbours_form_one_patch_and_a_ring_of_them_has_a_hole() -> None:
    centre = h3.latlng_to_cell(-24.99, 31.55, 3)
    disk = h3.grid_disk(centre, 1)

    assert len(outlines_of(disk)) == 1
    ((outside, hole),) = outlines_of([cell for cell in disk if cell != centre])
    assert len(outside) > len(hole)


def test_no_cells_have_no_outline() -> None:
    assert outlines_of([]) == []


@pytest.mark.parametrize("longitude", [179.95, -179.95])
def test_patches_stay_on_their_side_of_a_flat_map(longitude: float) -> None:
    for patch in outlines_of(h3.grid_disk(h3.latlng_to_cell(0.0, longitude, 3), 2)):
        for ring in patch:
            assert max(x for x, _ in ring) - min(x for x, _ in ring) < 20
