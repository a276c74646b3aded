"""Text for people: what became of the rows of each source of an atlas."""

from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fieldmark.atlas.account import Account, SourceAccount

__all__ = ["show_sources"]

_REASONS: Final = 3


def show_sources(out: Console, account: Account) -> None:
    """Print a line for each source of records; nothing where there is none."""
    counted = [source for source in account.sources if source.rows is not None]
    if not counted:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Source")
    for head in ("rows", "used", "rejected"):
        table.add_column(head, justify="right")
    table.add_column("most often because of")
    for source in counted:
        table.add_row(*_row(source))
    out.print(table)


def _row(source: SourceAccount) -> tuple[str, ...]:
    reasons = sorted(source.rejected.items(), key=lambda item: -item[1])[:_REASONS]
    return (
        escape(source.name),
        f"{source.rows:,}",
        f"{source.used:,}",
        f"{sum(source.rejected.values()):,}",
        ", ".join(f"{escape(why)} {count:,}" for why, count in reasons),
    )
