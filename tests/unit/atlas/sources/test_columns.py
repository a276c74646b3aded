"""What the text of a column means: numbers, dates, flags."""

import calendar
import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Final

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.expr.types import Value

from fieldmark.atlas.sources.columns import date_number, date_of, flag, number, text, whole

DATES: Final[dict[str | None, int | None]] = {
    "2014-02-01": 20140201,
    "2014-02": 20140200,
    "2014": 20140000,
    "2014-02-01T10:00:00Z": 20140201,
    "2014-02-01T10:00:00.000+02:00": 20140201,
    "2014-02-01T10": 20140201,
    "2014-02-01 10:00": 20140201,
    "2014-02-01/2014-02-05": 20140200,
    "2014-02-01T08:00Z/2014-02-05T11:00Z": 20140200,
    "2014-02-01/2014-03-05": 20140000,
    "2014-12-31/2015-01-01": None,
    "2014/2015": None,
    "2014/2014": 20140000,
    "2014-02-01/05": 20140200,
    "2014-02-01/03-05": 20140000,
    "2014-02-01/02-05": 20140200,
    "2014-02/03": 20140000,
    "2014-02/2014-02": 20140200,
    "2014-05-02/2014": 20140000,
    "2014-02-01/2014-02-01": 20140201,
    "2014-02-01T10:00/12:00": 20140201,
    "2014-02-01T10:00Z/2014-02-01T11:00Z": 20140201,
    "2014-02-30/2014-02-30": 20140200,
    "20140201": 20140201,
    "20140230": 20140200,
    "20140201T1000Z": 20140201,
    "2014-02-30": 20140200,
    "2014-02-00": 20140200,
    "2014-13-01": 20140000,
    "2014-00-00": 20140000,
    "2000-02-29": 20000229,
    "1900-02-29": 19000200,
    "2014-2-3": 20140203,
    "2014/02/03": 20140203,
    "2014/2/30": 20140200,
    "2014-032": 20140000,
    "2014-W05": 20140000,
    "2014-W05-3": 20140000,
    "0000-01-01": None,
    "0001-01-01": None,
    "01.02.2014": None,
    "02/03/2014": None,
    "2014-02-01/": None,
    "2014-02-01/x": None,
    "2014-02-01/2014-02-02/2014-02-03": None,
    "spring 2014": None,
    "2014?": None,
    "": None,
    None: None,
}


def _answers(
    values: Sequence[object], expression: Callable[[Value], Value], kind: object = None
) -> list[object]:
    table = ibis.memtable(pa.table({"value": pa.array(values, kind or pa.string())}))
    answers: list[object] = (
        ibis.duckdb.connect().to_pyarrow(expression(table.value).name("answer")).to_pylist()
    )
    return answers


def test_a_date_is_a_number_whatever_its_shape() -> None:
    answers = _answers(list(DATES), date_number)

    assert dict(zip(DATES, answers, strict=True)) == DATES


SHAPES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d")
DAYS = st.dates(dt.date(1000, 1, 1), dt.date(2990, 1, 1))
FEW = settings(max_examples=15)
"""Each example is a whole query over many rows."""


@FEW
@given(st.lists(st.tuples(DAYS, st.sampled_from(SHAPES)), min_size=1, max_size=50))
def test_each_day_is_read_from_each_way_to_write_it(
    written: list[tuple[dt.date, str]],
) -> None:
    texts = [day.strftime(shape) for day, shape in written]

    answers = _answers(texts, date_number)

    assert answers == [day.year * 10_000 + day.month * 100 + day.day for day, _ in written]


@FEW
@given(st.lists(st.tuples(DAYS, st.integers(0, 40) | st.integers(0, 900)), min_size=1))
def test_a_range_counts_for_what_its_ends_share(ranges: list[tuple[dt.date, int]]) -> None:
    ends = [(first, first + dt.timedelta(days)) for first, days in ranges]

    answers = _answers([f"{first}/{last}" for first, last in ends], date_number)

    assert answers == [_shared(first, last) for first, last in ends]


def _shared(first: dt.date, last: dt.date) -> int | None:
    if first.year != last.year:
        return None
    same_month = first.month == last.month
    return first.year * 10_000 + same_month * first.month * 100 + (first == last) * first.day


@FEW
@given(
    st.lists(
        st.tuples(st.integers(1000, 2999), st.integers(-3, 20), st.integers(-3, 40)), min_size=1
    )
)
def test_three_columns_are_a_date_as_far_as_it_exists(parts: list[tuple[int, int, int]]) -> None:
    columns = zip(*parts, strict=True)
    table = ibis.memtable(
        pa.table(
            {name: [str(n) for n in column] for name, column in zip("ymd", columns, strict=True)}
        )
    )

    answers = ibis.duckdb.connect().to_pyarrow(date_of(table.y, table.m, table.d).name("answer"))

    assert answers.to_pylist() == [_as_far_as_it_exists(*one) for one in parts]


def _as_far_as_it_exists(year: int, month: int, day: int) -> int:
    good_month = 1 <= month <= 12
    good_day = good_month and 1 <= day <= calendar.monthrange(year, month)[1]
    return year * 10_000 + good_month * month * 100 + good_day * day


@FEW
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)))
def test_no_text_ends_a_query(written: list[str]) -> None:
    for expression in (text, number, whole, flag, date_number):
        _answers(written, expression)


def test_a_date_without_a_year_is_none() -> None:
    table = ibis.memtable(pa.table({"y": pa.array([None, 0], pa.int32()), "m": [3, 3]}))

    answers = ibis.duckdb.connect().to_pyarrow(date_of(table.y, table.m, table.m).name("answer"))

    assert answers.to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("written", "read"),
    [("1", 1.0), ("-1.5", -1.5), ("+.5", 0.5), ("5.", 5.0), ("1e3", 1000.0), (None, None)],
)
def test_a_number_is_read(written: str | None, read: float | None) -> None:
    assert _answers([written], number) == [read]


@pytest.mark.parametrize("written", ["x", "1,5", "1,000", "--1", "nan", "Infinity", "1e999", "1 2"])
def test_what_is_no_number_is_told_from_nothing(written: str) -> None:
    (answer,) = _answers([written], number)

    assert isinstance(answer, float)
    assert math.isnan(answer)


def test_a_decimal_comma_is_read_where_it_is_expected() -> None:
    assert _answers(["-10,25"], lambda column: number(column, decimal_comma=True)) == [-10.25]


@FEW
@given(st.lists(st.floats(min_value=-180, max_value=180), min_size=1))
def test_a_coordinate_is_read_as_python_reads_it(degrees: list[float]) -> None:
    written = [f"{one:.10f}" for one in degrees]

    assert _answers(written, number) == [float(one) for one in written]


def test_numbers_stay_numbers() -> None:
    assert _answers([1.5], number, pa.float64()) == [1.5]
    assert _answers([7], whole, pa.int64()) == [7]


def test_a_whole_number_may_have_been_through_a_spreadsheet() -> None:
    assert _answers(["12", "12.0", "12.5", "x", None], whole) == [12, 12, None, None, None]


def test_a_flag_is_read_in_the_usual_words() -> None:
    words = ["true", "TRUE", "t", "yes", "1", "False", "no", "0", "maybe", None]

    assert _answers(words, flag) == [True] * 5 + [False] * 3 + [None] * 2
    assert _answers([True, None], flag, pa.bool_()) == [True, None]


def test_a_list_of_people_is_one_text() -> None:
    lists = [["A", "B"], ["A"], [], None]

    assert _answers(lists, text, pa.list_(pa.string())) == ["A|B", "A", None, None]
