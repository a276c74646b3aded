import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.web.pages.cell_words import (
    area_of,
    href_of,
    neighbours_of,
    rounded_km2,
    spot,
    spot_of,
)
from releases import KRUGER

CELLS = st.builds(h3.latlng_to_cell, st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 5))


def test_a_spot_is_said_to_a_tenth_of_a_degree() -> None:
    assert spot(-24.4567, 31.5678) == "24.5° S, 31.6° E"
    assert spot(10.04, -0.96) == "10.0° N, 1.0° W"


def test_a_cell_is_where_its_middle_is() -> None:
    assert spot_of(KRUGER) == "24.5° S, 31.6° E"
    assert href_of(KRUGER, "?month=3") == "/areas/83bcd2fffffffff?month=3"


@pytest.mark.parametrize(
    ("km2", "words"),
    [(12_393.4, "12\u202f000\u202fkm²"), (4_357_449.0, "4\u202f400\u202f000\u202fkm²"),
     (252.9, "250\u202fkm²"), (5.16, "5.2\u202fkm²")],
)  # fmt: skip
def test_an_area_has_two_figures_that_count(km2: float, words: str) -> None:
    assert rounded_km2(km2) == words


def test_neighbours_go_round_from_the_north() -> None:
    found = neighbours_of(KRUGER)

    assert [neighbour.direction for neighbour in found] == [
        "north-east", "east", "south-east", "south-west", "west", "north-west",
    ]  # fmt: skip


@given(CELLS)
def test_every_cell_has_a_size_and_five_or_six_neighbours(cell: int) -> None:
    assert area_of(cell).endswith("km²")
    assert len(neighbours_of(cell)) == len(h3.grid_disk(cell, 1)) - 1
