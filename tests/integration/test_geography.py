"""The real map: islands are there, borders are sharp, the seas are where they should be."""

import h3.api.basic_int as h3
import numpy as np
import pytest

from fieldmark.atlas.geography import Box, Geography


@pytest.fixture(scope="module")
def earth() -> Geography:
    return Geography.of(3)


def _held(earth: Geography, *places: str, clip: Box | None = None) -> set[int]:
    points = earth.grown(earth.points(places, clip or Box()))
    return set(earth.grid.cells[earth.holders(points)].tolist())


def _at(latitude: float, longitude: float) -> int:
    return h3.latlng_to_cell(latitude, longitude, 3)


def test_every_name_holds_a_cell(earth: Geography) -> None:
    assert [name for name in sorted(earth.names) if not _held(earth, name)] == []


def test_land_and_sea_together_are_the_earth(earth: Geography) -> None:
    world = _held(earth, "World") | _held(earth, "Antarctica") | _held(earth, "sea:World")

    assert len(world) == 41_162


@pytest.mark.parametrize(
    ("place", "latitude", "longitude"),
    [
        ("Mauritius", -20.3, 57.6),
        ("Malta", 35.9, 14.4),
        ("Galápagos", -0.6, -91.1),
        ("Seychelles", -9.4, 46.4),
        ("Aldabra", -9.4, 46.4),
        ("Luxembourg", 49.7, 6.1),
        ("Fiji", -17.8, 178.0),
        ("Fiji", -16.8, -179.9),
        ("Russia", 66.0, -172.0),
        ("US/Alaska", 52.9, 173.1),
        ("US/Hawaii", 19.6, -155.5),
        ("Antarctica", -90.0, 0.0),
        ("Svalbard", 78.5, 16.0),
        ("W. Sahara", 24.5, -14.0),
        ("Lesotho", -29.5, 28.2),
        ("US/Michigan", 44.5, -85.0),
        ("sea:World", 90.0, 0.0),
        ("sea:Caspian Sea", 42.0, 51.0),
        ("sea:Red Sea", 20.0, 38.5),
        ("sea:Hudson Bay", 60.0, -85.0),
        ("sea:Gulf of California", 27.5, -111.5),
        ("coast:Chile", -33.0, -71.7),
    ],
)
def test_a_place_is_where_it_is(
    earth: Geography, place: str, latitude: float, longitude: float
) -> None:
    assert _at(latitude, longitude) in _held(earth, place)


@pytest.mark.parametrize(
    ("place", "latitude", "longitude"),
    [
        ("Africa", -19.0, 47.0),
        ("Europe", 28.3, -16.6),
        ("Europe", 39.0, 35.0),
        ("North America", 19.6, -155.5),
        ("South America", -0.6, -91.1),
        ("Sub-Saharan Africa", 25.0, 5.0),
        ("World", -80.0, 0.0),
        ("sea:Caribbean Sea", 7.0, -81.0),
        ("sea:North Pacific", 13.0, -81.0),
        ("sea:Mediterranean Sea", 43.5, 32.0),
        ("sea:South China Sea", 8.0, 97.5),
        ("coast:Chile", -33.4, -70.0),
        ("Morocco", 24.5, -14.0),
    ],
)
def test_a_place_is_not_where_it_is_not(
    earth: Geography, place: str, latitude: float, longitude: float
) -> None:
    assert _at(latitude, longitude) not in _held(earth, place)


def test_a_country_reaches_no_further_over_its_border_than_half_a_cell(earth: Geography) -> None:
    own = set(earth.grid.cell_of[earth.points(["Kenya"], Box())].tolist())
    held = np.flatnonzero(np.isin(earth.grid.cells, sorted(_held(earth, "Kenya"))))

    assert set(held.tolist()) <= own


def test_a_clip_over_the_antimeridian_holds_both_sides(earth: Geography) -> None:
    chukotka = _held(earth, "Russia", clip=Box(60.0, 170.0, 72.0, -168.0))

    assert _at(66.0, 175.0) in chukotka
    assert _at(66.0, -172.0) in chukotka
    assert _at(60.0, 100.0) not in chukotka
