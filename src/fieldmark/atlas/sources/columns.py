r"""What the text of a column means: expressions that every engine answers alike.

Only what DuckDB, Spark and Trino share is used: regular expressions without look-around, whose end
is ``\z`` as a line feed may follow Java's ``$``; whole-number arithmetic; and casts of text that a
pattern has let through, as a cast that fails ends a query on some engines and gives null on others.
An extract that finds nothing is empty text on some and null on others; both become null here.
"""

from typing import Final

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue, StringValue, Value

__all__ = ["date_number", "date_of", "flag", "number", "surely", "text", "whole"]

_NUMBER: Final = r"^[+-]?(\d{1,20}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,2})?\z"
_DECIMAL_COMMA: Final = r"^[+-]?\d{1,20},\d{1,40}\z"
_WHOLE: Final = r"^[+-]?\d{1,9}(\.0{1,9})?\z"
_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0")

_TIME: Final = r"([T ][^/]*)?\z"
_YEAR: Final = r"^[12]\d{3}"
_DAYS: Final = (
    r"((0[13578]|1[02])-?(0[1-9]|[12]\d|3[01])|(0[469]|11)-?(0[1-9]|[12]\d|30)"
    r"|02-?(0[1-9]|1\d|2[0-8]))"
)
_LEAP_DAY: Final = r"^([12]\d(0[48]|[2468][048]|[13579][26])|(1[26]|2[048])00)-?02-?29"
_OF_DAY: Final = f"({_YEAR}-?{_DAYS}|{_LEAP_DAY}){_TIME}"
_OF_MONTH: Final = rf"{_YEAR}-?(0[1-9]|1[0-2])(-?\d\d)?{_TIME}"
_OF_YEAR: Final = rf"{_YEAR}(-\d\d(-\d\d)?|\d{{4}}|-?\d{{3}}|-?W\d\d(-?\d)?)?{_TIME}"
_LOOSE: Final = rf"{_YEAR}(-\d{{1,2}}-|/\d{{1,2}}/)\d{{1,2}}{_TIME}"
_LOOSE_PARTS: Final = r"^(\d{4}).(\d{1,2}).(\d{1,2})"
_BEGIN: Final = r"^([12]\d{3}(-\d\d(-\d\d)?)?)([T ][^/]*)?/"
_END: Final = r"^[^/]*/(\d[\d-]*)([T ][^/]*)?\z"
_SAME_DAY: Final = r"^[^/]*/T?\d{1,2}:[^/]*\z"


def text(column: Value) -> StringValue:
    """Return the text, null where it is empty; staged text has no blanks around it already.

    A list of texts, as people in GBIF's Parquet, is joined by ``|``.
    """
    if column.type().is_array():
        column = column.join("|")
    return column.cast("string").nullif("")


def number(column: Value, *, decimal_comma: bool = False) -> FloatingValue:
    """Return the number, null where nothing stands, NaN where something does that is none.

    Args:
        column: text, or numbers already.
        decimal_comma: read 10,5 as 10.5; elsewhere it is no number, as 1,000 may be a thousand.
    """
    nan = ibis.literal(float("nan"))
    if column.type().is_numeric():
        given = column.cast("float64")
        # Statistics of Parquet leave NaN out, and DuckDB takes every number for one within them.
        return given.isnan().ifelse(nan, given)
    plain = text(column)
    if decimal_comma:
        plain = plain.re_search(_DECIMAL_COMMA).ifelse(plain.replace(",", "."), plain)
    good = plain.re_search(_NUMBER)
    return ibis.cases(
        (plain.isnull(), ibis.null("float64")),
        (good, good.ifelse(plain, ibis.null("string")).cast("float64")),
        else_=nan,
    )


def whole(column: Value) -> IntegerValue:
    """Return the whole number, null where there is none; ``12.0`` is one."""
    if column.type().is_numeric():
        return column.cast("int32")
    plain = text(column)
    digits = plain.re_search(_WHOLE).ifelse(plain, ibis.null("string"))
    return digits.cast("float64").cast("int32")


def flag(column: Value) -> BooleanValue:
    """Return true, false, or null where neither stands, by the usual words for them."""
    if column.type().is_boolean():
        return column
    word = text(column).lower()
    return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False))


def surely(condition: BooleanValue) -> BooleanValue:
    """Return whether the condition holds; where nobody knows, it does not."""
    return ibis.coalesce(condition, ibis.literal(value=False))


def date_number(column: Value) -> IntegerValue:
    """Return the date as yyyymmdd, with 00 for what is not known; null where no date stands.

    Dates, parts of dates, dates with a time and ranges of ISO 8601-1:2019, as Darwin Core's
    eventDate has them. The day is the one that is written, whatever the zone. A range counts for
    what its ends share: a day, a month, a year, or nothing. A day or month that does not exist is
    not known. Of a week or a day of the year the year is kept. Years are 1000 to 2999.
    """
    moment = text(column)
    return ibis.coalesce(_digits(moment), _loose(moment), _range(moment)).cast("int32")


def date_of(year: Value, month: Value, day: Value) -> IntegerValue:
    """Return the date as yyyymmdd from three columns, text or whole numbers; null without year.

    A month from 1 to 12 and a day that the month has are kept; else 00 stands for them.
    """
    y, m, d = (whole(part) for part in (year, month, day))
    good_month = m.between(1, 12)
    good_day = good_month & d.between(1, _days(y, m))
    date = y * 10_000 + good_month.ifelse(m * 100, 0) + good_day.ifelse(d, 0)
    return y.between(1000, 2999).ifelse(date, ibis.null("int32")).cast("int32")


def _days(year: IntegerValue, month: IntegerValue) -> IntegerValue:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return ibis.cases((month == 2, leap.ifelse(29, 28)), (month.isin((4, 6, 9, 11)), 30), else_=31)


def _digits(moment: StringValue) -> StringValue:
    """Return the eight digits of a date, null where it is none; patterns are fast."""
    digits = moment.replace("-", "")
    return ibis.cases(
        (moment.re_search(_OF_DAY), digits.left(8)),
        (moment.re_search(_OF_MONTH), digits.left(6) + "00"),
        (moment.re_search(_OF_YEAR), digits.left(4) + "0000"),
    )


def _loose(moment: StringValue) -> StringValue:
    """Return the digits of a date with slashes or parts of one digit."""
    year, month, day = (moment.re_extract(_LOOSE_PARTS, group) for group in (1, 2, 3))
    digits = _digits(year + month.lpad(2, "0") + day.lpad(2, "0"))
    return moment.re_search(_LOOSE).ifelse(digits, ibis.null("string"))


def _range(moment: StringValue) -> StringValue:
    """Return the digits of what both ends of a range begin with: a day, a month or a year.

    An end may leave out what it shares: 2014-02-01/05, 2014-02-01/03-05, 2014-02/03.
    """
    begin, end = (moment.re_extract(pattern, 1).nullif("") for pattern in (_BEGIN, _END))
    end = end.re_search(r"^\d{4}").ifelse(end, begin.left(begin.length() - end.length()) + end)
    return ibis.cases(
        (moment.re_search(_SAME_DAY) | (begin == end), _digits(begin)),
        (begin.left(7) == end.left(7), _digits(begin.left(7))),
        (begin.left(4) == end.left(4), begin.left(4) + "0000"),
    )
