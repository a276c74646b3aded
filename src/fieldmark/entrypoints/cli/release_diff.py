"""``fieldmark atlas diff``: how one release differs from another."""

import sys
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fieldmark.atlas.diff import ReleaseDiff, TaxonChange, compare
from fieldmark.domain.taxon import Taxon
from fieldmark.entrypoints.cli.tables import console

__all__ = ["diff"]

_SHOWN: Final = 20
_release = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("diff")
@click.argument("before", type=_release)
@click.argument("after", type=_release)
@click.option("--top", type=click.IntRange(1), default=_SHOWN, show_default=True,
              help="How many of the animals that changed most to show.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, with every animal.")
def diff(before: Path, after: Path, top: int, *, as_json: bool) -> None:
    """Say how the release AFTER differs from BEFORE: animals, cells, where they are expected."""
    found = compare(before, after)
    if as_json:
        sys.stdout.write(msgspec.json.encode(_facts(found)).decode() + "\n")
        return
    _show(console(), found, top)


def _facts(found: ReleaseDiff) -> dict[str, object]:
    return {
        "before": found.before.name,
        "after": found.after.name,
        "resolution": found.resolution,
        "added": [_named(taxon) for taxon in found.added],
        "removed": [_named(taxon) for taxon in found.removed],
        "cells_gained": found.cells_gained,
        "cells_lost": found.cells_lost,
        "median_list": list(found.lists),
        "changes": [
            {
                **_named(change.taxon),
                "before": change.before,
                "after": change.after,
                "gained": change.gained,
                "lost": change.lost,
                "moved": round(change.moved, 4),
            }
            for change in found.changes
        ],
    }


def _named(taxon: Taxon) -> dict[str, object]:
    return {"taxon_id": taxon.id, "scientific_name": taxon.scientific_name}


def _show(out: Console, found: ReleaseDiff, top: int) -> None:
    out.print(
        f"[bold]{escape(found.before.name)}[/] → [bold]{escape(found.after.name)}[/], "
        f"by cells of resolution {found.resolution}."
    )
    for word, taxa in (("Added", found.added), ("Removed", found.removed)):
        if taxa:
            names = ", ".join(escape(taxon.scientific_name) for taxon in taxa[:top])
            rest = f" and {len(taxa) - top:,} more" if len(taxa) > top else ""
            out.print(f"{word} ({len(taxa):,}): {names}{rest}")
    out.print(
        f"Cells with a record: {found.cells_gained:,} more, {found.cells_lost:,} fewer. "
        f"Animals expected in a cell, median: {found.lists[0]:,.0f} → {found.lists[1]:,.0f}."
    )
    if not found.changes:
        out.print("No animal that both know is expected elsewhere, or more or less often.")
        return
    out.print(_table(found.changes[:top]))
    if len(found.changes) > top:
        out.print(
            f"[dim]and {len(found.changes) - top:,} more animals; --top or --json shows them[/]"
        )


def _table(changes: tuple[TaxonChange, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Animal")
    for head in ("cells before", "after", "gained", "lost", "mean change"):
        table.add_column(head, justify="right")
    for change in changes:
        figures = (change.before, change.after, change.gained, change.lost)
        table.add_row(
            escape(change.taxon.scientific_name),
            *(f"{figure:,}" for figure in figures),
            f"{change.moved:.3f}",
        )
    return table
