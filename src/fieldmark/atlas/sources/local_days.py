"""Moments → the day that people there call it.

The log of a camera is often in UTC. Its local day needs to know how far ahead the clocks there are:
as a moment of the same camera says, or else as the sun does, which gains an hour for each 15
degrees of longitude and differs from the clocks by an hour or two.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

__all__ = ["clock_ahead", "day_number", "day_there"]

_MINUTES_PER_DEGREE: Final = 4.0


def clock_ahead(moments: Iterable[str | None], longitude: float | None) -> int:
    """Return by how many minutes the clocks there are ahead of UTC.

    Args:
        moments: of the place, in ISO 8601; the first with an offset from UTC says it. UTC is what
            a machine writes wherever it stands, and says nothing.
        longitude: degrees east; None or not a number where it is not known.
    """
    for moment in moments:
        parsed = _parsed(moment)
        offset = parsed.utcoffset() if parsed else None
        if offset:
            return round(offset / timedelta(minutes=1))
    sound = longitude is not None and abs(longitude) <= 180.0
    return round(longitude * _MINUTES_PER_DEGREE) if sound and longitude else 0


def day_there(moment: str | None, ahead: int) -> date | None:
    """Return the local day of a moment, None where it is none.

    Args:
        moment: ISO 8601; one with an offset from UTC, or without a time or a zone, is local.
        ahead: by how many minutes the clocks there are ahead of UTC.
    """
    parsed = _parsed(moment)
    if parsed is None:
        return None
    shift = timedelta(minutes=ahead) if parsed.utcoffset() == timedelta() else timedelta()
    try:
        return (parsed + shift).date()
    except OverflowError:
        return None


def day_number(day: date) -> int:
    """Return the day as yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def _parsed(moment: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(moment or "")
    except ValueError:
        return None
