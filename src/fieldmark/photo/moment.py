"""When a photo says it was taken: EXIF's and XMP's ways to write a local time and its zone."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = ["is_blank", "parse_moment"]

_FIRST_YEAR: Final = 1826
"""The year of the oldest photograph that is left, Niépce's view from Le Gras."""

_MOMENT: Final = re.compile(
    r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d{2}):?(\d{2})", re.ASCII)
_MAX_OFFSET: Final = timedelta(hours=14)
_MAX_CHARACTERS: Final = 64


def is_blank(text: str) -> bool:
    """Tell whether a time is left open, which EXIF writes as colons and spaces."""
    return not text.strip(": \x00")


def parse_moment(text: str, offset: str | None = None) -> datetime | None:
    """Return the time that the text states, or None where that does not exist.

    It carries a zone where the text or ``offset`` (EXIF's ``±HH:MM``) states one. A day without
    a time is its midnight.
    """
    match = _MOMENT.fullmatch(text[:_MAX_CHARACTERS].strip())
    if match is None or int(match[1]) < _FIRST_YEAR:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    zone = _zone(match[7] or offset or "")
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _zone(text: str) -> timezone | None:
    if text.strip() == "Z":
        return UTC
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if offset > _MAX_OFFSET:
        return None
    return timezone(-offset if match[1] == "-" else offset)
