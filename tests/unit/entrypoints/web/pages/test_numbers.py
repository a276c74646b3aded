import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.web.pages import numbers


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"), (0.004, "< 1 %"), (0.01, "1 %"), (0.5, "50 %"), (0.99, "99 %"),
        (0.9999, "> 99 %"), (1.0, "100 %"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, said: str) -> None:
    assert numbers.percent(share) == said.replace(" ", "\u202f")


@given(st.floats(0.0, 1.0))
def test_only_nothing_is_nothing_and_only_all_is_all(share: float) -> None:
    assert (numbers.percent(share) == "0\u202f%") == (share == 0.0)
    assert (numbers.percent(share) == "100\u202f%") == (share == 1.0)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 visits"), (1, "1 visit"), (1412, "1\u202f412 visits")]
)
def test_a_count_names_what_it_counts(number: int, said: str) -> None:
    assert numbers.counted(number, "visit") == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (102, "102nd"), (111, "111th")],
)  # fmt: skip
def test_ordinals_end_as_they_are_spoken(number: int, said: str) -> None:
    assert numbers.ordinal(number) == said


def test_distances_change_to_kilometres() -> None:
    said = [numbers.distance(metres) for metres in (15.2, 999.0, 1500.0, 23_000.0, 1_000_000.0)]

    assert said == ["15\u202fm", "999\u202fm", "1.5\u202fkm", "23\u202fkm", "1\u202f000\u202fkm"]


def test_the_equator_and_greenwich_are_north_and_east() -> None:
    assert numbers.place_on_earth(0.0, 0.0) == "0.00° N, 0.00° E"
    assert numbers.place_on_earth(-1.0, -1.0) == "1.00° S, 1.00° W"
