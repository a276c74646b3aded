"""What somebody who knows a place says against the atlas, and where it holds."""

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import JAGUAR, LION, cell_record
from fieldmark.domain.override import Override, OverrideAction, Overrides, changed
from fieldmark.domain.override_area import area_of
from fieldmark.domain.overriding import overridden
from releases import KRUGER

YEAR = tuple(range(12))
KRUGER_NAME = h3.int_to_str(KRUGER)


def override(
    area: str = KRUGER_NAME,
    action: OverrideAction = "exclude",
    factor: float = 0.0,
    taxon: int = LION.id,
    months: tuple[int, ...] = YEAR,
) -> Override:
    return Override(area_of(area), taxon, "Panthera leo", action, factor, months, "why", "who")


def holds(area: str, cell: int, resolution: int = 3) -> bool:
    return Overrides([override(area)]).at(cell, resolution) == (0,)


@pytest.mark.parametrize("resolution", range(16))
def test_a_cell_holds_for_itself_and_for_what_is_in_it(resolution: int) -> None:
    area = h3.int_to_str(h3.latlng_to_cell(-24.99, 31.55, resolution))
    inside = h3.latlng_to_cell(-24.99, 31.55, 3)

    assert holds(area, inside)
    assert not holds(area, h3.latlng_to_cell(48.0, 13.0, 3))


def test_a_small_area_holds_for_the_cell_of_the_release_around_it_and_no_wider_one() -> None:
    for area in ("-24.99,31.55,100", "-25.0,31.54,-24.98,31.56"):
        assert holds(area, h3.latlng_to_cell(-24.99, 31.55, 3))
        assert not holds(area, h3.latlng_to_cell(-24.99, 31.55, 1))
        assert not holds(area, h3.latlng_to_cell(-27.0, 31.55, 3))


@given(
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.floats(0, 1_000_000),
    st.floats(-89, 89),
    st.floats(-180, 180),
)
def test_a_circle_holds_for_the_cells_whose_centre_is_near_enough(
    latitude: float, longitude: float, radius_m: float, lat: float, lon: float
) -> None:
    cell = h3.latlng_to_cell(lat, lon, 4)
    away_m = h3.great_circle_distance(h3.cell_to_latlng(cell), (latitude, longitude), unit="m")
    middle = h3.latlng_to_cell(latitude, longitude, 4)

    found = holds(f"{latitude:.9f},{longitude:.9f},{radius_m:.3f}", cell, 4)

    if abs(away_m - radius_m) > 1_000.0:
        assert found == (away_m < radius_m or cell == middle)


def test_a_box_may_cross_the_antimeridian() -> None:
    fiji = h3.latlng_to_cell(-17.0, 179.9, 4)
    samoa = h3.latlng_to_cell(-14.0, -172.0, 4)

    assert holds("-25,175,-5,-170", fiji, 4)
    assert holds("-25,175,-5,-170", samoa, 4)
    assert not holds("-25,175,-5,-170", h3.latlng_to_cell(-17.0, 0.0, 4), 4)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1,2", "1,2,3,4,5", "95,0,10", "0,0,-1", "0,0,1e9", "10,0,5,1", "nan,0,1", "0,0,inf",
     "0,0,1,nan", "83bcd2ffffffff0"],
)  # fmt: skip
def test_what_is_no_area_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="write an H3 cell"):
        area_of(text)


@pytest.mark.parametrize("text", [KRUGER_NAME, "-24.99,31.55,15000", "-25,175.5,-5,-170"])
def test_an_area_is_written_as_it_was_read(text: str) -> None:
    assert str(area_of(text)) == text
    assert area_of(str(area_of(text))) == area_of(text)


@pytest.mark.parametrize(
    ("action", "factor", "occurrence"),
    [("include", 0.5, [0.5, 0.8]), ("exclude", 0.0, [0.0, 0.8]), ("boost", 10.0, [1.0, 0.8]),
     ("boost", 0.5, [0.1, 0.8])],
)  # fmt: skip
def test_each_action_changes_its_months_only(
    action: OverrideAction, factor: float, occurrence: list[float]
) -> None:
    before = np.array([0.2] + [0.8] * 11)

    after = changed(before, override(action=action, factor=factor, months=(0,)))

    assert after[:2].tolist() == pytest.approx(occurrence)
    assert before[0] == 0.2


def test_what_is_included_is_as_regular_as_anywhere() -> None:
    record = overridden(cell_record({LION: 1.0}), [override(action="include", factor=0.4,
                                                            taxon=JAGUAR.id)])  # fmt: skip

    assert record.taxon_ids.tolist() == [LION.id, JAGUAR.id]
    assert record.occurrence[1].tolist() == pytest.approx([0.4] * 12)
    assert record.best[1] == pytest.approx(0.4)


def test_what_is_not_there_can_be_neither_excluded_nor_boosted() -> None:
    record = cell_record({LION: 1.0})

    for action in ("exclude", "boost"):
        said = override(action=action, factor=2.0, taxon=JAGUAR.id)
        assert overridden(record, [said]) is record


def test_the_later_of_two_has_the_last_word() -> None:
    said = [override(action="exclude"), override(action="include", factor=0.3)]

    record = overridden(cell_record({LION: 1.0}), said)

    assert record.occurrence[0].tolist() == pytest.approx([0.3] * 12)
    assert Overrides(said).by_taxon((0, 1), None)[LION.id].action == "include"


def test_an_override_of_other_months_is_not_said_of_this_one() -> None:
    said = Overrides([override(months=(0,))])

    assert said.by_taxon((0,), 2) == {}
    assert said.by_taxon((0,), 1) == {LION.id: said[0]}
