"""``fieldmark cost``: the monthly bill on AWS, idle and under load."""

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from fieldmark.cost import (
    PROFILES,
    SHIPPED,
    Estimate,
    Prices,
    Workload,
    estimate,
    read_prices,
)

__all__ = ["command"]

_Command = TypeVar("_Command", bound=Callable[..., object])

_USUAL: Final = Workload()


class _LineOut(msgspec.Struct):
    service: str
    item: str
    idle_usd: float
    load_usd: float
    stays: str | None


class _PricesOut(msgspec.Struct):
    checked: dt.date | None
    oldest: dt.date | None
    outdated: Sequence[str]
    assumed: Mapping[str, str]


class _EstimateOut(msgspec.Struct):
    profile: str
    region: str
    requests: int
    idle_usd: float
    load_usd: float
    usd_per_million: float | None
    lines: Sequence[_LineOut]
    assumptions: Workload
    prices: _PricesOut


def _assumption(name: str, says: str) -> Callable[[_Command], _Command]:
    """Return the option for one of the workload's figures."""
    usual = getattr(_USUAL, name)
    return click.option(
        f"--{name.replace('_', '-')}", type=float, default=usual, show_default=True, help=says
    )


@click.command("cost")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="One alone, line by line.")
@click.option(
    "--requests",
    type=click.IntRange(0),
    default=1_000_000,
    show_default=True,
    help="Identifications in the month.",
)
@click.option("--region", default="us-east-1", show_default=True, help="Where the prices hold.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Prices of your own, in the form of the file that ships.",
)
@_assumption("memory_mb", "Memory of the function.")
@_assumption("run_ms", "Time of one identification in it.")
@_assumption("photo_mb", "Size of a photo as it is sent.")
@_assumption("cache_hit", "Share of areas that need no database.")
@click.option("--awake-hours", type=float, help="Of the database; default: as it is read.")
@_assumption("task_hours", "Hours of a task; a night schedule makes them fewer.")
@_assumption("retention_days", "How long answers are kept.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each profile.")
def command(
    profile: str | None, region: str, prices: Path | None, *, as_json: bool, **figures: object
) -> None:
    """Estimate the month on AWS, idle and under load, from dated prices."""
    work = Workload(**figures)  # type: ignore[arg-type]  # click has checked them
    read = prices or SHIPPED
    known = read_prices(read.read_bytes(), str(read)).of(region)
    chosen = [PROFILES[profile]] if profile else list(PROFILES.values())
    estimates = [estimate(one, work, known) for one in chosen]
    today = dt.datetime.now(tz=dt.UTC).date()
    if as_json:
        sys.stdout.writelines(_json_line(one, work, known, today) for one in estimates)
        return
    from fieldmark.entrypoints.cli import cost_table, tables  # noqa: PLC0415  # rich is for people

    cost_table.show(tables.console(), estimates, work, known, today)


def _json_line(one: Estimate, work: Workload, prices: Prices, today: dt.date) -> str:
    lines = [
        _LineOut(idle.service, idle.item, _cents(idle.usd), _cents(load.usd), idle.stays)
        for idle, load in one.pairs()
    ]
    per_million = one.usd_per_million
    out = _EstimateOut(
        profile=one.profile,
        region=one.region,
        requests=one.requests,
        idle_usd=_cents(one.idle.usd),
        load_usd=_cents(one.load.usd),
        usd_per_million=None if per_million is None else _cents(per_million),
        lines=lines,
        assumptions=work,
        prices=_PricesOut(prices.checked, prices.oldest, prices.outdated(today), prices.assumed()),
    )
    return msgspec.json.encode(out).decode() + "\n"


def _cents(usd: float) -> float:
    """Return an amount to a hundredth of a cent, so that small lines still add up."""
    return round(usd, 4)
