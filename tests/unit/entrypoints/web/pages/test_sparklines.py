import re

from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.web.pages.sparklines import HEIGHT, WIDTH, sparkline


def test_the_month_stands_out_on_its_own() -> None:
    line = sparkline([0.5] * 12, 3)

    assert line.now == "M10 18v-9h4v9z"
    assert line.others.count("M") == 11


def test_a_month_without_the_animal_has_no_bar() -> None:
    line = sparkline([1.0] + [0.0] * 11, 2)

    assert (line.others, line.now) == ("M0 18v-18h4v18z", "")


def test_what_is_not_quite_nothing_can_be_seen() -> None:
    assert sparkline([0.001] + [0.0] * 11, None).others == "M0 18v-1h4v1z"


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.none() | st.integers(1, 12))
def test_bars_stay_inside_the_drawing(by_month: list[float], month: int | None) -> None:
    line = sparkline(by_month, month)

    for left, up in re.findall(r"M(\d+) 18v-([\d.]+)", line.others + line.now):
        assert int(left) + 4 <= WIDTH
        assert 1.0 <= float(up) <= HEIGHT
