import math

import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.domain.position import (
    MAX_CELLS,
    MAX_RADIUS_M,
    Position,
    cell_shares,
    parse_cell,
    shares_of_cell,
)
from fieldmark.errors import PositionInvalid

KRUGER = Position(-24.99, 31.55)
positions = st.builds(
    Position,
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0, MAX_RADIUS_M),
)


@pytest.mark.parametrize(
    ("latitude", "longitude", "radius_m"),
    [
        (90.01, 0, 0),
        (-91, 0, 0),
        (0, 180.5, 0),
        (0, 0, -1),
        (0, 0, 1e6 + 1),
        (math.nan, 0, 0),
        (0, math.inf, 0),
    ],
)
def test_a_position_outside_its_ranges_is_refused(
    latitude: float, longitude: float, radius_m: float
) -> None:
    with pytest.raises(PositionInvalid, match="must lie between"):
        Position(latitude, longitude, radius_m)


@pytest.mark.parametrize("corner", [(0, 0), (-1, -1), (90, 180), (-90, -180)])
def test_zero_minus_one_and_the_corners_are_real_places(corner: tuple[float, float]) -> None:
    assert Position(*corner).cell(4)


def test_an_exact_position_lies_in_one_cell() -> None:
    assert cell_shares(KRUGER, 4).shares == {KRUGER.cell(4): 1.0}


def test_a_small_circle_inside_a_cell_needs_no_other() -> None:
    latitude, longitude = h3.cell_to_latlng(KRUGER.cell(4))
    centre = Position(latitude, longitude, radius_m=15)

    assert cell_shares(centre, 4).shares == {centre.cell(4): 1.0}


def test_a_circle_at_a_cells_corner_is_shared_by_three_cells_alike() -> None:
    latitude, longitude = h3.cell_to_boundary(KRUGER.cell(4))[0]

    shares = cell_shares(Position(latitude, longitude, radius_m=5_000), 4).shares

    assert len(shares) == 3
    assert all(share == pytest.approx(1 / 3, abs=0.05) for share in shares.values())


def test_a_circle_over_too_many_cells_is_taken_at_a_coarser_resolution() -> None:
    found = cell_shares(Position(0, 20, radius_m=500_000), 4)

    assert found.resolution < 4
    assert 1 < len(found.shares) <= MAX_CELLS


def test_a_circle_over_the_antimeridian_has_cells_on_both_sides() -> None:
    found = cell_shares(Position(-16.8, 179.99, radius_m=60_000), 4)

    longitudes = [h3.cell_to_latlng(cell)[1] for cell in found.shares]
    assert min(longitudes) < 0 < max(longitudes)


@given(positions, st.integers(0, 5))
def test_shares_sum_to_one_over_few_cells_of_one_resolution(
    position: Position, resolution: int
) -> None:
    found = cell_shares(position, resolution)

    assert math.isclose(sum(found.shares.values()), 1.0)
    assert len(found.shares) <= MAX_CELLS
    assert {h3.get_resolution(cell) for cell in found.shares} == {found.resolution}
    assert found.resolution <= resolution


@given(positions, st.integers(0, 15))
def test_a_cell_is_read_back_from_its_name(position: Position, resolution: int) -> None:
    cell = position.cell(resolution)

    assert parse_cell(h3.int_to_str(cell)) == cell


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "83bcd2ffffffff",
        "83BCD2FFFFFFFFF",
        "fffffffffffffff",
        "83bcd2fffffffff\n",
        "x" * 999,
    ],
)
def test_what_names_no_cell_is_refused(text: str) -> None:
    with pytest.raises(PositionInvalid, match="is no H3 cell"):
        parse_cell(text)


def test_a_cell_finer_than_the_release_is_taken_at_its_parent() -> None:
    fine = Position(-24.99, 31.55).cell(7)

    assert shares_of_cell(fine, 3).shares == {h3.cell_to_parent(fine, 3): 1.0}
    assert shares_of_cell(fine, 8).shares == {fine: 1.0}
