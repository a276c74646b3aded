"""Moments with an offset from UTC → the day that people there call it: portable expressions.

A camera's log is often in UTC. Its local day needs an offset: the one that stands in the moment,
else one that is known of the place, else the sun's: an hour for each 15 degrees of longitude, which
is off by as much as the clocks there are from the sun.
"""

from typing import Final

import ibis
from ibis.expr.types import FloatingValue, IntegerValue, StringValue

__all__ = ["local_day", "offset_minutes", "sun_minutes"]

_MOMENT: Final = r"^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d"
_OFFSET: Final = r"([+-])([01]\d):?([0-5]\d)$"
_UTC: Final = r"(Z|[+-]00:?00)$"
_DAY_MINUTES: Final = 24 * 60
_MINUTES_PER_DEGREE: Final = 4.0


def offset_minutes(moment: StringValue) -> IntegerValue:
    """Return how far ahead of UTC the clock of a moment is; null where it says none, or UTC.

    UTC is what a machine writes wherever it stands, so it says nothing of the place.
    """
    stated = moment.re_search(_OFFSET) & ~moment.re_search(_UTC)
    sign, hours, minutes = (moment.re_extract(_OFFSET, group) for group in (1, 2, 3))
    size = _number(hours, stated) * 60 + _number(minutes, stated)
    return (sign == "-").ifelse(-size, size)


def sun_minutes(longitude: FloatingValue) -> IntegerValue:
    """Return how far ahead of UTC the sun is."""
    sound = longitude.between(-180.0, 180.0).ifelse(longitude, 0.0)
    return (sound * _MINUTES_PER_DEGREE).fill_null(0.0).round().cast("int32")


def local_day(moment: StringValue, local: IntegerValue) -> IntegerValue:
    """Return the local day as yyyymmdd; null where no moment with a time stands.

    Args:
        moment: ISO 8601 with a time; what has an offset of its own or none is local already.
        local: minutes ahead of UTC of the clocks there.
    """
    good = moment.re_search(_MOMENT)
    year, month, day, hour, minute = (
        _number(moment.substr(start, size), good)
        for start, size in ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2))
    )
    shift = moment.re_search(_UTC).ifelse(local, 0)
    at = hour * 60 + minute + shift
    return ibis.cases(
        (at < 0, _before(year, month, day)),
        (at >= _DAY_MINUTES, _after(year, month, day)),
        else_=year * 10_000 + month * 100 + day,
    ).cast("int32")


def _number(digits: StringValue, good: ibis.expr.types.BooleanValue) -> IntegerValue:
    return good.ifelse(digits, ibis.null("string")).cast("int32")


def _after(year: IntegerValue, month: IntegerValue, day: IntegerValue) -> IntegerValue:
    return ibis.cases(
        (day < _days(year, month), year * 10_000 + month * 100 + day + 1),
        (month < 12, year * 10_000 + (month + 1) * 100 + 1),
        else_=(year + 1) * 10_000 + 101,
    )


def _before(year: IntegerValue, month: IntegerValue, day: IntegerValue) -> IntegerValue:
    return ibis.cases(
        (day > 1, year * 10_000 + month * 100 + day - 1),
        (month > 1, year * 10_000 + (month - 1) * 100 + _days(year, month - 1)),
        else_=(year - 1) * 10_000 + 1231,
    )


def _days(year: IntegerValue, month: IntegerValue) -> IntegerValue:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return ibis.cases((month == 2, leap.ifelse(29, 28)), (month.isin((4, 6, 9, 11)), 30), else_=31)
