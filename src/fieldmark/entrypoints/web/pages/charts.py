"""Charts: twelve months as bars, with the words that say the same."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fieldmark.entrypoints.web.pages.numbers import percent

__all__ = ["Bar", "MonthChart", "month_chart", "months_in_words"]

_FLOOR: Final = 72.5
"""Where the bars stand, and from where they reach up to ``_TALLEST``, in the drawing's units."""
_TALLEST: Final = 64.0
_STEP: Final = 22
"""From one bar to the next; ``_INSET`` leaves room for the scale on the left."""
_INSET: Final = 33


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: its bar in the drawing's units, and its figure in words."""

    month: str
    value: str
    x: int
    y: float
    height: float
    now: bool


@dataclass(frozen=True, slots=True)
class MonthChart:
    """Twelve bars from 0 to 100 %, January first; ``summary`` says what they show."""

    bars: tuple[Bar, ...]
    summary: str


def month_chart(by_month: Sequence[float], month: int | None) -> MonthChart:
    """Return the chart of an animal's occurrence; ``month``, 1 to 12, stands out."""
    return MonthChart(
        bars=tuple(
            _bar(index, value, now=index + 1 == month) for index, value in enumerate(by_month)
        ),
        summary=months_in_words(by_month),
    )


def _bar(index: int, value: float, *, now: bool) -> Bar:
    height = round(_TALLEST * value, 1)
    return Bar(
        month=calendar.month_name[index + 1],
        value=percent(value),
        x=_INSET + _STEP * index,
        y=round(_FLOOR - height, 1),
        height=height,
        now=now,
    )


def months_in_words(by_month: Sequence[float]) -> str:
    """Return what twelve shares of 1, January first, show."""
    low, high = min(by_month), max(by_month)
    if high == 0.0:
        return "not to be expected in any month"
    if high - low < 0.01:
        return f"{percent(high)} in every month"
    best = calendar.month_name[list(by_month).index(high) + 1]
    worst = calendar.month_name[list(by_month).index(low) + 1]
    return f"from {percent(low)} in {worst} to {percent(high)} in {best}"
