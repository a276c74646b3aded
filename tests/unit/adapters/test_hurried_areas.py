"""Who has no time left does not ask for the area."""

from dataclasses import dataclass

import numpy as np
import pytest

from fakes import FakeAreas
from fieldmark.adapters.hurried_areas import HurriedAreas
from fieldmark.domain.area import Release
from fieldmark.errors import Unavailable

RELEASE = Release(
    name="r",
    resolution=3,
    coarsest=0,
    expected_from=0.05,
    known=np.array([1], dtype=np.int32),
    starter=False,
    licence="CC0-1.0",
    sources=(),
    built_on="2026-11-01",
)


@dataclass
class Left:
    seconds: float

    def __call__(self) -> float:
        return self.seconds


def test_with_time_left_the_store_is_asked() -> None:
    store = FakeAreas(RELEASE, {7: b"x"})
    areas = HurriedAreas(store, Left(0.6), 0.6)

    assert areas.release() is RELEASE
    assert areas.areas([7]).records == {7: b"x"}
    assert areas.taxa([1]) == {}
    assert areas.range_of(1) is None


def test_without_time_left_nothing_is_asked() -> None:
    store = FakeAreas(RELEASE, {7: b"x"})
    areas = HurriedAreas(store, Left(0.59), 0.6)

    for ask in (
        areas.release,
        lambda: areas.areas([7]),
        lambda: areas.taxa([1]),
        lambda: areas.range_of(1),
    ):
        with pytest.raises(Unavailable, match=r"0\.6 s were left"):
            ask()
    assert store.asked == []
