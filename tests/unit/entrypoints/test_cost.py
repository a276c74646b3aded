"""``fieldmark cost``: the profiles side by side, one alone, and as JSON."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fieldmark.cost import PROFILES, SHIPPED, Workload, estimate, read_prices
from fieldmark.entrypoints.cli import cost_table
from fieldmark.entrypoints.cli.app import run
from fieldmark.entrypoints.problems import Exit

OWN = """format = 1
[sources.page]
title = "A page"
checked = 2020-01-01
[prices.thing]
us-east-1 = { usd = 1, source = "page" }
"""


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["cost", *arguments]) == Exit.OK
    return capsys.readouterr().out


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed(capsys, "--json", *arguments).splitlines()]


def test_without_a_profile_all_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)

    assert all(f"{name}:" in text for name in PROFILES)
    assert "1,000,000 identifications" in text


def test_one_profile_says_why_it_does_not_reach_zero(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--profile", "fargate")

    assert "ECS cannot wake on a request" in text
    assert "textbook" not in text


def test_json_is_one_line_for_each_profile_and_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "--requests", "5000000")

    assert [one["profile"] for one in found] == list(PROFILES)
    for one in found:
        assert one["load_usd"] == pytest.approx(
            sum(line["load_usd"] for line in one["lines"]), abs=0.01
        )
        assert one["usd_per_million"] == pytest.approx(
            (one["load_usd"] - one["idle_usd"]) / 5, abs=0.01
        )
        assert one["assumptions"]["requests"] == 5_000_000


def test_an_assumption_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = lines(capsys, "--profile", "lambda", "--awake-hours", "10", "--memory-mb", "512")

    assert one["assumptions"]["awake_hours"] == 10
    assert one["assumptions"]["memory_mb"] == 512


def test_another_region_has_other_prices(capsys: pytest.CaptureFixture[str]) -> None:
    (virginia,) = lines(capsys, "--profile", "fargate")
    (london,) = lines(capsys, "--profile", "fargate", "--region", "eu-west-2")

    assert london["load_usd"] > virginia["load_usd"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--region", "mars"), "no prices for 'mars'"),
        (("--run-ms", "nan"), "run_ms is nan"),
        (("--cache-hit", "1.5"), "cache_hit is 1.5"),
        (("--requests", "-1"), "--requests"),
        (("--profile", "best"), "--profile"),
    ],
)
def test_a_wrong_option_is_wrong_usage(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cost", *arguments]) == Exit.USAGE
    assert says in capsys.readouterr().err


def test_prices_of_ones_own_must_be_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")

    assert run(["cost", "--prices", str(own)]) == Exit.SETUP
    assert "no price " in capsys.readouterr().err


def test_prices_older_than_a_year_are_said_to_be() -> None:
    prices = read_prices(SHIPPED.read_bytes(), "prices.toml").of("us-east-1")
    work = Workload(requests=10)
    month = estimate(PROFILES["lambda"], work, prices)

    def shown(today: dt.date) -> str:
        out = StringIO()
        cost_table.show(Console(file=out, width=100), [month], work, prices, today)
        return out.getvalue()

    assert "Older than a year" not in shown(dt.date(2026, 11, 26))
    assert "Older than a year" in shown(dt.date(2030, 1, 1))
