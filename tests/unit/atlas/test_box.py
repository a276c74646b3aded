"""Clips: open sides, the antimeridian, the poles, and numbers that are no degrees."""

import numpy as np
import pytest

from fieldmark.atlas.geography import Box


def _holds(box: Box, latitude: float, longitude: float) -> bool:
    return bool(box.holds(np.array([latitude]), np.array([longitude]))[0])


def test_an_empty_side_is_open() -> None:
    assert Box.read("", "", "", "") == Box()
    assert Box.read("10", "", "", " 30 ") == Box(south=10.0, east=30.0)


def test_the_edges_belong_to_the_box() -> None:
    box = Box(0.0, 10.0, 20.0, 30.0)

    assert _holds(box, 0.0, 10.0)
    assert _holds(box, 20.0, 30.0)
    assert not _holds(box, 20.1, 30.0)
    assert not _holds(box, 20.0, 30.1)


def test_west_above_east_crosses_the_antimeridian() -> None:
    box = Box(-20.0, 170.0, 20.0, -170.0)

    assert _holds(box, 0.0, 175.0)
    assert _holds(box, 0.0, -175.0)
    assert _holds(box, 0.0, 180.0)
    assert _holds(box, 0.0, -180.0)
    assert not _holds(box, 0.0, 0.0)


def test_the_poles_belong_to_an_open_box() -> None:
    assert _holds(Box(south=66.0), 90.0, 12.0)
    assert _holds(Box(north=-60.0), -90.0, -12.0)


def test_a_widened_box_stays_on_the_earth() -> None:
    assert Box(-89.9, -179.9, 89.9, 179.9).widened(0.5) == Box()
    assert Box(0.0, 10.0, 1.0, 11.0).widened(0.5) == Box(-0.5, 9.5, 1.5, 11.5)


@pytest.mark.parametrize(
    ("sides", "why"),
    [
        (("91", "", "", ""), "south is 91.0"),
        (("", "-181", "", ""), "west is -181.0"),
        (("", "", "nan", ""), "north is nan"),
        (("", "", "", "inf"), "east is inf"),
        (("20", "", "10", ""), "nothing between"),
        (("10", "", "10", ""), "nothing between"),
    ],
)
def test_numbers_that_are_no_box_are_refused(sides: tuple[str, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Box.read(*sides)
