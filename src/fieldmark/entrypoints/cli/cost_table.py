"""Text for people: what a month on AWS costs, what is assumed, and how old the prices are."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from fieldmark.cost import PROFILES, Estimate, Prices, Workload

__all__ = ["show"]

_NOT_COUNTED: Final = (
    "Not counted: free tiers, taxes, discounts, prices beyond the first tier, batch jobs, backups, "
    "traces, data between zones."
)


def show(
    out: Console, estimates: Sequence[Estimate], work: Workload, prices: Prices, today: dt.date
) -> None:
    """Print one profile line by line, or several side by side, and what it rests on."""
    first = estimates[0]
    out.print(
        f"A month on AWS in [bold]{first.region}[/], in US dollars: idle, and with "
        f"{first.requests:,} identifications."
    )
    out.print(_lines(first) if len(estimates) == 1 else _services(estimates))
    for one in estimates:
        out.print(f"[bold]{one.profile}[/]: {PROFILES[one.profile].says}.", soft_wrap=True)
    for text in (*_assumptions(work), _NOT_COUNTED, *_ages(prices, today)):
        out.print(f"[dim]{text}[/]", soft_wrap=True)


def _lines(one: Estimate) -> Table:
    table = _table("Service", "For", "Idle>", "Load>", "Why it does not reach zero")
    service = ""
    for idle, load in (pair for pair in one.pairs() if any(line.usd for line in pair)):
        shown = "" if idle.service == service else idle.service
        service = idle.service
        table.add_row(shown, idle.item, _usd(idle.usd), _usd(load.usd), idle.stays or "")
    table.add_row("[bold]Total[/]", "", _bold(one.idle.usd), _bold(one.load.usd), "")
    if one.requests:
        table.add_row("", "per million", "", _per_million(one), "")
    return table


def _services(estimates: Sequence[Estimate]) -> Table:
    heads = (f"{one.profile}\n{state}>" for one in estimates for state in ("idle", "load"))
    table = _table("\nService", *heads)
    bills = [bill.by_service() for one in estimates for bill in (one.idle, one.load)]
    for service in dict.fromkeys(service for bill in bills for service in bill):
        table.add_row(service, *(_usd(bill[service]) if service in bill else "" for bill in bills))
    totals = (usd for one in estimates for usd in (one.idle.usd, one.load.usd))
    table.add_row("[bold]Total[/]", *map(_bold, totals))
    if estimates[0].requests:
        each = (text for one in estimates for text in ("", _per_million(one)))
        table.add_row("per million", *each)
    return table


def _table(*heads: str) -> Table:
    """Return a table with these heads; those that end in ``>`` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in heads:
        number = head.endswith(">")
        table.add_column(
            head.removesuffix(">"), justify="right" if number else "left", no_wrap=True
        )
    return table


def _assumptions(work: Workload) -> Iterator[str]:
    yield (
        f"Each identification: {work.photo_mb:g} MB sent, {work.page_mb:g} MB of page and answer "
        f"back, {work.calls:g} more calls of {work.call_ms:g} ms; {work.run_ms:g} ms in a function "
        f"of {work.memory_mb:g} MB, and {work.cold_ms:g} ms more for {_percent(work.cold_share)} "
        f"that start cold; an answer of {work.journal_kb:g} KB kept for {work.retention_days:g} "
        f"days; {work.log_kb:g} KB of log."
    )
    yield (
        f"The database: {_percent(work.cache_hit)} of areas come from a cache; the other "
        f"{work.database_reads:,.0f} reads keep it awake for {work.database_awake_hours:.0f} of "
        f"730 hours, at {work.awake_acu:g} ACU."
    )


def _ages(prices: Prices, today: dt.date) -> Iterator[str]:
    if prices.checked:
        yield (
            f"Prices were compared with their sources on {prices.checked}; the oldest source is of "
            f"{prices.oldest}."
        )
    assumed = prices.assumed()
    if assumed:
        yield f"Without a source, see the price file: {', '.join(assumed)}."
    outdated = prices.outdated(today)
    if outdated:
        yield (
            f"[yellow]Older than a year, so look again:[/] {', '.join(outdated)}. "
            "Give newer ones with --prices."
        )


def _usd(usd: float) -> str:
    return f"{usd:,.2f}"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _bold(usd: float) -> str:
    return f"[bold]{_usd(usd)}[/]"


def _per_million(one: Estimate) -> str:
    per_million = one.usd_per_million
    return "" if per_million is None else _usd(per_million)
