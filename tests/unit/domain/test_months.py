"""Months as people write them."""

import pytest

from fieldmark.domain.months import months_of


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("", range(1, 13)),
        ("  ", range(1, 13)),
        ("4-9", range(4, 10)),
        ("10-3", [1, 2, 3, 10, 11, 12]),
        ("12-1", [1, 12]),
        ("1,2,12", [1, 2, 12]),
        ("5", [5]),
        ("5-5", [5]),
        ("1-3, 7, 11-12", [1, 2, 3, 7, 11, 12]),
        ("1-12", range(1, 13)),
        ("2-1", range(1, 13)),
    ],
)
def test_months_are_read(text: str, months: list[int]) -> None:
    assert months_of(text) == tuple(month - 1 for month in months)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "13",
        "1-13",
        "May",
        "4\N{EN DASH}9",
        "1,,2",
        "-3",
        "1-2-3",
        "\N{ARABIC-INDIC DIGIT THREE}",
    ],
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write months as"):
        months_of(text)
