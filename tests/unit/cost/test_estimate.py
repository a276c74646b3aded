"""The bill: sums that add up, nothing below zero, more requests never cheaper."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.cost import (
    HOURS,
    PROFILES,
    SHIPPED,
    Estimate,
    Prices,
    Profile,
    Workload,
    estimate,
    read_prices,
)
from fieldmark.errors import RequestError

PRICES = read_prices(SHIPPED.read_bytes(), "prices.toml")
VIRGINIA = PRICES.of("us-east-1")

profiles = st.sampled_from(list(PROFILES.values()))
regions = st.sampled_from(sorted(PRICES.by_region)).map(PRICES.of)
requests = st.integers(0, 10**10)
figures = st.fixed_dictionaries(
    {
        "photo_mb": st.floats(0, 30),
        "run_ms": st.floats(0, 1e4),
        "memory_mb": st.floats(128, 10_240),
        "cache_hit": st.floats(0, 1),
        "awake_hours": st.none() | st.floats(0, HOURS),
        "task_hours": st.floats(0, HOURS),
        "retention_days": st.floats(0, 3650),
        "calls": st.floats(0, 100),
    }
)
works = st.builds(lambda count, rest: Workload(requests=count, **rest), requests, figures)


def of(profile: str, work: Workload) -> Estimate:
    return estimate(PROFILES[profile], work, VIRGINIA)


@given(profiles, regions, works)
def test_no_line_is_below_zero_and_the_services_add_up(
    profile: Profile, prices: Prices, work: Workload
) -> None:
    month = estimate(profile, work, prices)

    for bill in (month.idle, month.load):
        assert all(line.usd >= 0 for line in bill.lines)
        assert bill.usd == pytest.approx(sum(bill.by_service().values()))


@given(profiles, regions, works, requests)
def test_more_requests_never_cost_less(
    profile: Profile, prices: Prices, work: Workload, more: int
) -> None:
    fewer = estimate(profile, work, prices).load
    larger = estimate(profile, replace(work, requests=work.requests + more), prices).load

    for line, grown in zip(fewer.lines, larger.lines, strict=True):
        assert grown.usd >= line.usd * (1 - 1e-12)


@given(profiles, regions, works)
def test_idle_is_the_month_without_a_request(
    profile: Profile, prices: Prices, work: Workload
) -> None:
    quiet = estimate(profile, replace(work, requests=0), prices)

    assert quiet.load == quiet.idle == estimate(profile, work, prices).idle
    assert quiet.usd_per_million is None


@given(profiles, regions, works)
def test_what_does_not_reach_zero_says_why_and_nothing_else_does(
    profile: Profile, prices: Prices, work: Workload
) -> None:
    for line in estimate(profile, replace(work, task_hours=HOURS), prices).idle.lines:
        assert (line.usd > 0) == (line.stays is not None), line


@given(profiles, works)
def test_the_lines_of_one_service_stand_together(profile: Profile, work: Workload) -> None:
    lines = estimate(profile, work, VIRGINIA).load.lines
    order = [line.service for line in lines]

    assert sorted(order, key=order.index) == order
    assert len({(line.service, line.item) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("profile", "least_usd", "most_usd"),
    [("lambda", 9, 15), ("fargate", 36, 52), ("textbook", 243, 263)],
)
def test_idle_comes_out_where_the_design_reckoned(
    profile: str, least_usd: float, most_usd: float
) -> None:
    assert least_usd <= of(profile, Workload()).idle.usd <= most_usd


def test_a_line_can_be_reckoned_by_hand() -> None:
    work = Workload(requests=1_000_000, run_ms=100, memory_mb=1024, cold_share=0.0)

    bill = {(line.service, line.item): line.usd for line in of("fargate", work).load.lines}

    assert bill["Lambda", "requests"] == pytest.approx(0.20)
    assert bill["Lambda", "memory and time"] == pytest.approx(100_000 * 0.0000166667)
    assert bill["Load balancer", "hours"] == pytest.approx(730 * 0.0225)
    assert bill["Valkey", "the least, 100 MB"] == pytest.approx(6.132)


def test_photos_that_are_too_large_for_a_call_go_through_storage() -> None:
    small = of("lambda", Workload(requests=1_000_000, photo_mb=4.0)).load.by_service()
    large = of("lambda", Workload(requests=1_000_000, photo_mb=5.0)).load.by_service()

    assert large["API Gateway"] < small["API Gateway"]
    assert large["S3"] > small["S3"]


def test_a_night_schedule_costs_less_and_load_brings_more_tasks() -> None:
    nights_off = of("fargate", Workload(task_hours=365)).idle.by_service()["Fargate"]
    always = of("fargate", Workload()).idle.by_service()["Fargate"]
    busy = of("fargate", Workload(requests=100_000_000)).load.by_service()["Fargate"]

    assert nights_off == pytest.approx(always / 2)
    assert busy > 2 * always


def test_a_database_that_is_never_read_sleeps_and_one_that_always_is_never_does() -> None:
    assert Workload(requests=10**9, cache_hit=1.0).database_awake_hours == 0
    assert Workload(requests=10**9, cache_hit=0.0).database_awake_hours == pytest.approx(HOURS)


def test_reads_far_apart_keep_the_database_awake_for_five_minutes_each() -> None:
    work = Workload(requests=10, cache_hit=0.0)

    assert work.database_awake_hours == pytest.approx(10 * 300 / 3600, rel=0.01)


def test_hours_awake_that_are_given_count_where_there_are_requests() -> None:
    assert Workload(requests=1, awake_hours=100).database_awake_hours == 100
    assert Workload(requests=0, awake_hours=100).database_awake_hours == 0


@pytest.mark.parametrize("name", [field.name for field in fields(Workload)])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_figure_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(RequestError, match=name):
        Workload(**{name: value})  # type: ignore[arg-type]  # what is refused is the point
