"""Local days: what people at the place call the day of a moment."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.sources.local_days import clock_ahead, day_number, day_there


@pytest.mark.parametrize(
    ("moment", "ahead", "day"),
    [
        ("2020-05-30T22:57:37Z", 120, date(2020, 5, 31)),
        ("2020-12-31T23:30:00+00:00", 60, date(2021, 1, 1)),
        ("2021-01-01T00:30:00Z", -60, date(2020, 12, 31)),
        ("2024-03-01T01:00:00Z", -300, date(2024, 2, 29)),
        ("2020-05-30T12:00:00Z", 600, date(2020, 5, 30)),
    ],
)
def test_a_moment_in_utc_belongs_to_the_day_of_the_place(
    moment: str, ahead: int, day: date
) -> None:
    assert day_there(moment, ahead) == day


@pytest.mark.parametrize(
    "moment", ["2020-05-30T23:57:37+02:00", "2020-05-30T23:57:37", "2020-05-30"]
)
def test_a_moment_with_an_offset_or_without_a_zone_is_local_already(moment: str) -> None:
    assert day_there(moment, 720) == date(2020, 5, 30)


@pytest.mark.parametrize("moment", [None, "", "yesterday", "2020-02-30T00:00:00Z"])
def test_what_is_no_moment_has_no_day(moment: str | None) -> None:
    assert day_there(moment, 60) is None


zones = st.integers(-14 * 60, 14 * 60)
moments = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30))  # noqa: DTZ001


@given(moments, zones)
def test_a_moment_said_in_utc_has_the_day_of_its_own_zone(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert day_there(there.astimezone(UTC).isoformat(), minutes) == there.date()


@pytest.mark.parametrize(
    ("moments", "longitude", "minutes"),
    [
        (("2020-05-30T04:57:37+02:00",), 4.8, 120),
        (("2020-05-30T04:57:37Z", "2020-07-01T04:57:37-05:30"), 4.8, -330),
        (("2020-05-30T04:57:37Z", None), 150.0, 600),
        ((None, "nonsense"), -75.0, -300),
        ((None,), None, 0),
        ((None,), float("nan"), 0),
        ((None,), 1e9, 0),
    ],
)
def test_clocks_are_known_by_a_moment_of_the_place_or_else_by_the_sun(
    moments: tuple[str | None, ...], longitude: float | None, minutes: int
) -> None:
    assert clock_ahead(moments, longitude) == minutes


def test_a_moment_at_the_end_of_time_has_no_day() -> None:
    assert day_there("9999-12-31T23:00:00Z", 120) is None
    assert day_there("0001-01-01T00:00:00Z", 0) == date(1, 1, 1)


def test_a_day_as_a_number_reads_as_people_write_it() -> None:
    assert day_number(date(2020, 5, 3)) == 20200503
