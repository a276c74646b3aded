"""Text for people: answers and areas as tables, coloured only on a terminal."""

import calendar
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from fieldmark.domain.answer import Answer, Evidence, RankedAnimal
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.cli.batch import Outcome
from fieldmark.lookup import AreaAnimals

__all__ = ["console", "headline", "show_area", "show_outcome", "show_outcome_line"]

_HERE: Final = {
    "expected": "[green]expected[/]",
    "unusual": "[yellow]unusual here[/]",
    "unknown": "[dim]not in the atlas[/]",
    "domestic": "[cyan]lives with people[/]",
    None: "",
}
_BARS: Final = " ▁▂▃▄▅▆▇█"
_PLAIN_WIDTH: Final = 100


def console() -> Console:
    """Return stdout as a console; what is no terminal gets plain text of a fixed width."""
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    return Console(width=width, highlight=False, soft_wrap=False)


def name_of(taxon: Taxon) -> str:
    """Return what people call the taxon."""
    return taxon.common_name or taxon.scientific_name


def headline(answer: Answer) -> str:
    """Return the answer in one plain sentence."""
    best = answer.best
    if best is None:
        return "No animal found in this photo."
    taxon = best.taxon
    if best.rolled_up:
        return (
            f"Of the {taxon.rank} {taxon.scientific_name} ({name_of(taxon)}), "
            f"{_percent(best.score)}; which one is not certain."
        )
    if not best.confident:
        return f"Not certain. Perhaps {_named(taxon)}, {_percent(best.score)}."
    return f"{_named(taxon)}, {_percent(best.score)}."


def show_outcome(out: Console, outcome: Outcome, told: set[str]) -> None:
    """Print one photo's answer with its ranked animals and evidence, or why there is none.

    ``told`` gathers the notes that were printed, so that each is printed for one photo only.
    """
    out.print(f"[bold]{escape(outcome.photo)}[/]", soft_wrap=True)
    if outcome.answer is None:
        out.print(f"  [red]{escape(str(outcome.error))}[/]\n", soft_wrap=True)
        return
    answer = outcome.answer
    out.print(f"  {escape(headline(answer))}", soft_wrap=True)
    out.print(Padding(_animals(answer), (0, 0, 0, 2)))
    for line in (_where(answer.position, answer), f"Photo alone: {_by_looks(answer)}"):
        out.print(f"  [dim]{escape(line)}[/]", soft_wrap=True)
    for text in (note.text for note in answer.notes if note.text not in told):
        out.print(f"  [dim]Note: {escape(text)}[/]", soft_wrap=True)
        told.add(text)
    out.print()


def show_outcome_line(out: Console, outcome: Outcome) -> None:
    """Print one photo's answer on one line."""
    if outcome.answer is None:
        text = f"[red]{escape(str(outcome.error))}[/]"
    else:
        text = escape(headline(outcome.answer))
    out.print(f"{escape(outcome.photo)}: {text}", soft_wrap=True)


def show_area(out: Console, area: AreaAnimals) -> None:
    """Print the animals of an area, the most regular first."""
    month = area.use.month
    when = calendar.month_name[month] if month else "the whole year"
    expected = sum(resident.expected for resident in area.residents)
    out.print(
        f"Cell [bold]{area.use.cell}[/], {when}: {expected} animals to be expected "
        f"({area.release.name}, {area.use.status})"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("Animal", "Scientific name", "Occurrence", "Jan - Dec"):
        table.add_column(title, justify="right" if title == "Occurrence" else "left")
    for resident in area.residents:
        value = resident.by_month[month - 1] if month else max(resident.by_month)
        table.add_row(
            escape(name_of(resident.taxon)),
            f"[italic]{escape(resident.taxon.scientific_name)}[/]",
            f"{value:.2f}",
            _sparkline(resident.by_month),
        )
    out.print(table)
    for note in area.notes:
        out.print(f"[dim]Note: {escape(note.text)}[/]", soft_wrap=True)
    out.print(f"[dim]{escape('; '.join((*area.release.sources, area.release.licence)))}[/]")


def _animals(answer: Answer) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("", "Animal", "Scientific name", "Score", "By looks", "Here", "Jan - Dec"):
        table.add_column(title, justify="right" if title in {"Score", "By looks"} else "left")
    for rank, animal in enumerate(answer.animals, 1):
        table.add_row(str(rank), *_animal(animal))
    return table


def _animal(animal: RankedAnimal) -> Sequence[str]:
    return (
        escape(name_of(animal.taxon)),
        f"[italic]{escape(animal.taxon.scientific_name)}[/]",
        _percent(animal.score),
        _percent(animal.image_score),
        _HERE[animal.here],
        _months(animal.evidence),
    )


def _where(position: Position | None, answer: Answer) -> str:
    area = answer.area
    month = calendar.month_name[area.month] if area.month else "month unknown"
    if position is None:
        return f"Place unknown, {month}."
    source = {"given": "given", "exif": "from the photo", "xmp": "from the photo"}
    place = f"{position.latitude:.4f}, {position.longitude:.4f} ({source[position.source]})"
    if area.animals is None:
        return f"Place {place}, {month}; area {area.status.replace('_', ' ')}."
    return f"Place {place}, {month}: {area.animals} animals to be expected ({area.atlas})."


def _by_looks(answer: Answer) -> str:
    winner = max(answer.animals, key=lambda animal: animal.image_score)
    looks = f"{name_of(winner.taxon)} {_percent(winner.image_score)}"
    return f"{looks}; no animal {_percent(answer.not_an_animal)}."


def _named(taxon: Taxon) -> str:
    name = name_of(taxon)
    if taxon.rank > Rank.SPECIES:
        return f"{name} (the {taxon.rank} {taxon.scientific_name})"
    return f"{name} ({taxon.scientific_name})"


def _percent(score: float) -> str:
    return "<1 %" if 0.0 < score < 0.01 else f"{score:.0%}".replace("%", " %")


def _months(evidence: Evidence | None) -> str:
    if evidence is None or evidence.by_month is None:
        return ""
    return _sparkline(evidence.by_month)


def _sparkline(by_month: Sequence[float]) -> str:
    return "".join(_BARS[min(8, round(value * 8 + 0.4)) if value else 0] for value in by_month)
