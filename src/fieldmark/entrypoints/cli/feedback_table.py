"""Feedback as a table for people."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape
from rich.table import Table

from fieldmark.entrypoints.cli.tables import console
from fieldmark.wire import FeedbackOut

__all__ = ["show_feedback"]

_VERDICTS: Final = {"right": "right", "wrong": "wrong", "not_an_animal": "no animal"}
_TITLES: Final = ("ID", "Said at (UTC)", "Answer", "Verdict", "Said to be", "Cell", "Judged")
_WHOLE: Final = frozenset({"ID", "Said at (UTC)", "Cell"})


def show_feedback(said: Sequence[FeedbackOut], judgement: str) -> None:
    """Print what was said, the oldest first."""
    out = console()
    if not said:
        what = "" if judgement == "all" else f"{judgement} "
        out.print(f"There is no {what}feedback.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in _TITLES:
        table.add_column(title, no_wrap=title in _WHOLE)
    for one in said:
        table.add_row(
            escape(one.id),
            f"{one.said_at:%Y-%m-%d %H:%M}",
            _name(one.taxon_was, one.common_name_was, one.scientific_name_was) or "no animal",
            _VERDICTS[one.verdict],
            _name(one.taxon_id, one.common_name, one.scientific_name),
            escape(one.cell or ""),
            one.judgement,
        )
    out.print(table)


def _name(taxon_id: int | None, common_name: str | None, scientific_name: str | None) -> str:
    """Return what people call the taxon; one that the atlas does not know has its number only."""
    if taxon_id is None:
        return ""
    return escape(common_name or scientific_name or f"taxon {taxon_id}")
