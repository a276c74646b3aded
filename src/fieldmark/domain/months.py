"""Months as people write them: ``4-9``, ``10-3`` over the new year, ``1,2,12``; empty for all."""

import re
from typing import Final

from fieldmark.domain.area import MONTHS

__all__ = ["months_of"]

_SPAN: Final = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?", re.ASCII)


def months_of(text: str) -> tuple[int, ...]:
    """Return the months, ascending, January as 0.

    Raises:
        ValueError: the text is no list of months and spans of months.
    """
    if not text.strip():
        return tuple(range(MONTHS))
    months: set[int] = set()
    for part in text.split(","):
        months |= _span(part.strip())
    return tuple(sorted(months))


def _span(text: str) -> set[int]:
    match = _SPAN.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not (1 <= first <= MONTHS and 1 <= last <= MONTHS):
        raise ValueError("write months as 4-9, 10-3 or 1,2,12, or nothing for all year")
    return {(first - 1 + step) % MONTHS for step in range((last - first) % MONTHS + 1)}
