"""Sparklines: twelve months as bars of one line's height, for the rows of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fieldmark.entrypoints.web.pages.charts import months_in_words

__all__ = ["HEIGHT", "WIDTH", "Sparkline", "sparkline"]

_STEP: Final = 5
_BAR: Final = 4
HEIGHT: Final = 18
WIDTH: Final = 12 * _STEP


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Bars as the outline of an SVG path, those of the month that stands out on their own."""

    others: str
    now: str
    summary: str


def sparkline(by_month: Sequence[float], month: int | None) -> Sparkline:
    """Return the bars of twelve shares of 1, January first; ``month``, 1 to 12, stands out."""
    bars = [(index + 1, _bar(index, share)) for index, share in enumerate(by_month)]
    return Sparkline(
        others=_joined(bar for number, bar in bars if number != month),
        now=_joined(bar for number, bar in bars if number == month),
        summary=months_in_words(by_month),
    )


def _joined(bars: Iterable[str]) -> str:
    return "".join(bars)


def _bar(index: int, share: float) -> str:
    """Return one bar; whatever is not quite nothing can be seen."""
    if share <= 0.0:
        return ""
    height = max(1.0, round(HEIGHT * min(share, 1.0), 1))
    return f"M{index * _STEP} {HEIGHT}v-{height:g}h{_BAR}v{height:g}z"
