from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.web.pages import month_chart


def test_the_month_of_the_photo_stands_out() -> None:
    bars = month_chart([0.5] * 12, 7).bars

    assert [bar.month for bar in bars if bar.now] == ["July"]


def test_a_bar_is_as_high_as_its_share() -> None:
    bars = month_chart([0.0, 1.0, 0.5, *[0.0] * 9], None).bars

    assert [bar.height for bar in bars[:3]] == [0.0, 64.0, 32.0]


def test_the_summary_says_what_the_bars_show() -> None:
    assert month_chart([0.5] * 12, 1).summary == "50\u202f% in every month"
    assert month_chart([0.0] * 12, 1).summary == "not to be expected in any month"
    assert month_chart([0.1, 0.9, *[0.5] * 10], 1).summary == (
        "from 10\u202f% in January to 90\u202f% in February"
    )


@given(st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12))
def test_no_bar_leaves_the_drawing(by_month: list[float]) -> None:
    for bar in month_chart(by_month, None).bars:
        assert 8.0 <= bar.y <= 72.5
        assert 30 <= bar.x <= 292 - 14
