"""Places become cells: half of the land, half of the sea, nothing too small to be seen."""

import h3.api.basic_int as h3
import numpy as np
import pytest

import toy_earth
from fieldmark.atlas.geography import Box, Geography, UnknownPlace
from toy_earth import ISLET, RESOLUTION, cell, held


@pytest.fixture(scope="module")
def earth() -> Geography:
    return toy_earth.geography()


def test_a_cell_inside_a_country_belongs_to_it_alone(earth: Geography) -> None:
    assert cell(15.0, 10.0) in held(earth, "West")
    assert cell(15.0, 10.0) not in held(earth, "East")


def test_a_border_cell_belongs_to_the_side_that_has_more_of_it(earth: Geography) -> None:
    west, east = held(earth, "West"), held(earth, "East")

    for border in west | east:
        latitude, longitude = h3.cell_to_latlng(border)
        if 5.0 < latitude < 25.0 and abs(longitude - 20.0) > 1.0 and 5.0 < longitude < 35.0:
            assert (border in west) == (longitude < 20.0)


def test_two_neighbours_together_leave_no_gap(earth: Geography) -> None:
    together = held(earth, "West", "East")

    assert together >= held(earth, "West") | held(earth, "East")
    assert together == held(earth, "Both")


def test_an_islet_too_small_for_a_point_keeps_its_cell(earth: Geography) -> None:
    assert held(earth, "Islet") == {cell(*ISLET)}


def test_an_island_that_the_map_lacks_can_be_added(earth: Geography) -> None:
    assert cell(-10.0, 50.0) in held(earth, "East")


def test_a_country_that_holds_half_of_no_cell_holds_the_one_with_most_of_it(
    earth: Geography,
) -> None:
    (home,) = held(earth, "Strip")

    assert home in h3.grid_disk(cell(11.0, 20.25), 1)
    assert held(earth, "Strip") <= held(earth, "West", "Strip")
    assert held(earth, "Strip") <= held(earth, "All")


def test_a_clip_that_misses_a_small_country_leaves_it_out(earth: Geography) -> None:
    assert held(earth, "Strip", clip=Box(north=5.0)) == set()


def test_a_clip_cuts_before_the_rule_of_half_applies(earth: Geography) -> None:
    north = held(earth, "Both", clip=Box(south=15.0))

    assert north == held(earth, "North")
    assert cell(25.0, 10.0) in north
    assert cell(5.0, 10.0) not in north


def test_a_clip_that_leaves_little_takes_the_cell_with_most_of_it(earth: Geography) -> None:
    points = earth.points(["West"], Box(14.0, 9.0, 16.0, 11.0))

    assert not earth.holders(np.unique(points)).any()
    grown = earth.grown(points)
    assert earth.grid.cells[earth.holders(grown)].tolist() == [cell(15.0, 10.0)]


def test_a_place_outside_the_clip_has_no_points(earth: Geography) -> None:
    assert earth.points(["West"], Box(south=50.0)).size == 0
    assert earth.grown(earth.points(["West"], Box(south=50.0))).size == 0


def test_the_sea_takes_the_cells_from_which_it_is_seen(earth: Geography) -> None:
    sea = held(earth, "sea:World")

    assert cell(15.0, 10.0) not in sea
    assert cell(-20.0, 10.0) in sea
    shore = {c for c in held(earth, "Both") if c in sea}
    assert shore


def test_a_named_sea_ends_where_its_box_ends(earth: Geography) -> None:
    eastern = held(earth, "sea:Eastern Sea")

    assert cell(15.0, 50.0) in eastern
    assert cell(-15.0, 50.0) not in eastern
    assert eastern < held(earth, "sea:World")


def test_a_shore_is_the_cells_with_both_and_the_open_water_beside_them(earth: Geography) -> None:
    shore = held(earth, "coast:West")
    west, sea = held(earth, "West"), held(earth, "sea:World")

    assert west & sea <= shore
    for beside in shore - west:
        assert beside in sea
        assert set(h3.grid_disk(beside, 1)) & west & sea
    assert cell(15.0, 10.0) not in shore


def test_the_shores_of_neighbours_are_taken_together(earth: Geography) -> None:
    apart = held(earth, "coast:West") | held(earth, "coast:East")

    assert apart <= held(earth, "coast:West", "coast:East")
    assert held(earth, "coast:West", "coast:East") == held(earth, "coast:Both")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Wset", "West"),
        ("east", "East"),
        ("Eastern Sea", "sea:Eastern Sea"),
        ("coast:Boath", "Both"),
    ],
)
def test_an_unknown_place_says_what_may_be_meant(earth: Geography, name: str, meant: str) -> None:
    with pytest.raises(UnknownPlace, match=meant):
        earth.points([name], Box())


@pytest.mark.parametrize("name", ["Atlantis", "coast:sea:World", "sea:West", ""])
def test_a_name_of_no_place_is_refused(earth: Geography, name: str) -> None:
    with pytest.raises(UnknownPlace, match="is no known place"):
        earth.points([name], Box())


def test_every_point_lies_in_its_cell(earth: Geography) -> None:
    grid = earth.grid
    for row in range(0, grid.points.size, 97):
        place = (float(grid.latitude[row]), float(grid.longitude[row]))
        assert h3.latlng_to_cell(*place, RESOLUTION) == grid.cells[grid.cell_of[row]]
