"""Outlines: which points of the grid lie inside, whatever people draw."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import toy_earth
from fieldmark.atlas.geography import Geography, Grid
from fieldmark.atlas.geography.outlines import OutlineBroken, read_outline

Ring = list[list[float]]


@pytest.fixture(scope="module")
def earth() -> Geography:
    return toy_earth.geography()


@pytest.fixture(scope="module")
def world() -> Grid:
    return Grid.of(0)


def _box(west: float, south: float, east: float, north: float) -> Ring:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _degrees(grid: Grid, rows: "np.typing.NDArray[np.int64]") -> set[tuple[float, float]]:
    return set(zip(grid.longitude[rows].tolist(), grid.latitude[rows].tolist(), strict=True))


def test_a_box_holds_the_points_between_its_sides(world: Grid) -> None:
    inside = read_outline([_box(0.0, 0.0, 40.0, 30.0)]).points(world)

    expected = (
        (world.longitude > 0)
        & (world.longitude < 40)
        & (world.latitude > 0)
        & (world.latitude < 30)
    )
    assert sorted(inside.tolist()) == np.flatnonzero(expected).tolist()


def test_a_hole_is_not_inside(world: Grid) -> None:
    whole = read_outline([_box(0.0, 0.0, 60.0, 60.0)])
    ring = read_outline([_box(0.0, 0.0, 60.0, 60.0), _box(20.0, 20.0, 40.0, 40.0)])
    hole = read_outline([_box(20.0, 20.0, 40.0, 40.0)])

    inside = set(ring.points(world).tolist())
    assert inside == set(whole.points(world).tolist()) - set(hole.points(world).tolist())


@pytest.mark.parametrize(
    "ring",
    [
        _box(170.0, -30.0, -170.0, 30.0),
        _box(170.0, -30.0, 190.0, 30.0),
        _box(-190.0, -30.0, -170.0, 30.0),
    ],
    ids=["jumps", "runs on to the east", "runs on to the west"],
)
def test_an_outline_crosses_the_antimeridian_however_it_is_written(ring: Ring, world: Grid) -> None:
    inside = read_outline([ring]).points(world)

    expected = (np.abs(world.longitude) > 170.0) & (np.abs(world.latitude) < 30.0)
    assert sorted(inside.tolist()) == np.flatnonzero(expected).tolist()


def test_an_outline_that_jumps_over_the_antimeridian_is_noted() -> None:
    assert read_outline([_box(170.0, 0.0, -170.0, 10.0)]).notes == ("crosses the antimeridian",)
    assert read_outline([_box(-180.0, 0.0, 180.0, 10.0)]).notes == ()


def test_the_whole_world_is_inside_a_box_round_it(world: Grid) -> None:
    inside = read_outline([_box(-180.0, -90.0, 180.0, 90.0)]).points(world)

    assert inside.size == world.points.size


def test_a_ring_round_the_pole_holds_the_pole(world: Grid) -> None:
    ring = [[float(longitude), 60.0] for longitude in (-150, -60, 30, 120, -150)]

    inside = read_outline([ring]).points(world)

    assert sorted(inside.tolist()) == np.flatnonzero(world.latitude > 60.0).tolist()


def test_an_outline_that_crosses_itself_is_used_and_noted(world: Grid) -> None:
    bow_tie = [[0.0, -20.0], [60.0, 20.0], [60.0, -20.0], [0.0, 20.0], [0.0, -20.0]]

    outline = read_outline([bow_tie])

    assert "Self-intersection[30 0]" in outline.notes[0]
    mended = shapely.make_valid(shapely.Polygon(bow_tie))
    expected = shapely.contains_xy(mended, world.longitude, world.latitude)
    assert sorted(outline.points(world).tolist()) == np.flatnonzero(expected).tolist()


def test_what_holds_no_point_takes_the_nearest(earth: Geography) -> None:
    park = read_outline([_box(10.001, 15.001, 10.002, 15.002)])

    (point,) = park.points(earth.grid)

    assert earth.grid.cells[earth.grid.cell_of[point]] == toy_earth.cell(15.0, 10.0)


def test_heights_are_passed_over(world: Grid) -> None:
    flat = _box(0.0, 0.0, 40.0, 30.0)

    raised = read_outline([[[*corner, 250.0] for corner in flat]])

    assert raised.points(world).tolist() == read_outline([flat]).points(world).tolist()


def test_a_million_corners_are_taken(world: Grid) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 1_000_001)
    circle = np.stack([20.0 * np.cos(angle), 20.0 * np.sin(angle)], axis=1)

    inside = read_outline([circle.tolist()]).points(world)

    expected = np.hypot(world.longitude, world.latitude) < 20.0
    assert sorted(inside.tolist()) == np.flatnonzero(expected).tolist()


@pytest.mark.parametrize(
    ("rings", "says"),
    [
        ([], "it has no ring"),
        ([[]], "encloses nothing"),
        ([[[0.0, 0.0], [1.0, 1.0]]], "a ring of 2 corners encloses nothing"),
        ([[[0.0], [1.0], [2.0]]], "no pair of numbers"),
        ([[["a", "b"]] * 4], "no pair of numbers"),
        ([[None] * 4], "no pair of numbers"),
        ([_box(10.0, 100.0, 20.0, 120.0)], r"corner 1 is \[10, 100\].*other way round"),
        ([_box(500_000.0, 4e6, 510_000.0, 5e6)], "metres of a projection"),
        ([_box(float("nan"), 0.0, 1.0, 1.0)], "nowhere on earth"),
        ([_box(float("inf"), 0.0, 1.0, 1.0)], "nowhere on earth"),
    ],
)
def test_what_is_no_outline_says_why(rings: list[Ring], says: str) -> None:
    with pytest.raises(OutlineBroken, match=says):
        read_outline(rings)


numbers = st.floats() | st.integers() | st.text(max_size=3) | st.none()


@given(st.lists(st.lists(st.lists(numbers, max_size=3), max_size=6), max_size=3))
def test_whatever_stands_there_is_an_outline_or_refused(rings: list[Ring]) -> None:
    try:
        outline = read_outline(rings)
    except OutlineBroken:
        return
    assert outline.points(Grid.of(0)).size
