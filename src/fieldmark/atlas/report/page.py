"""The report's sections, in reading order; what a release does not know of itself is left out."""

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import numpy as np

from fieldmark.atlas.account import Account, SourceAccount
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.geography.topology import read_shapes
from fieldmark.atlas.report.drawings import Line, cell_map, histogram, month_chart
from fieldmark.atlas.report.figures import Figures
from fieldmark.offline_page import offline_page, section

__all__ = ["page"]

_YEARS: Final = (
    "The animals with most behind them; occurrence in percent from January to December, as a mean "
    "over the cells that list them."
)
_UNMATCHED: Final = (
    "Their records still tell where somebody looked. A name that should be there is misspelt, or a "
    "synonym that is not in the table yet."
)


def page(content: ReleaseContent, figures: Figures, size_bytes: int) -> str:
    """Return the report as HTML."""
    account = content.account or Account()
    parts = [_overview(content, size_bytes), *_sources(account), *_rejections(account)]
    parts += [*_maps(figures), *_lists(figures), *_years(figures), *_unmatched(account)]
    parts += [*_licences(account), *_settings(account)]
    return offline_page(f"Atlas {content.release.name}", parts)


def _overview(content: ReleaseContent, size_bytes: int) -> str:
    release = content.release
    rows = [
        ("built on", release.built_on),
        ("licence", release.licence),
        ("taxa", f"{len(content.taxa):,}"),
        ("cells", f"{len(content.cells):,}, resolution {release.coarsest} to {release.resolution}"),
        ("expected from an occurrence of", f"{release.expected_from:g}"),
        ("size", f"{size_bytes / 1e6:,.1f} MB"),
    ]
    return section("What it is", columns=("", ""), rows=rows)


def _sources(account: Account) -> Iterator[str]:
    if account.sources:
        columns = ("source", "rows", "used", "rejected", "weight", "licence", "DOI", "says")
        yield section("Sources", columns=columns, rows=[_source(s) for s in account.sources])


def _source(source: SourceAccount) -> tuple[str, ...]:
    rejected = None if source.rows is None else sum(source.rejected.values())
    says = [part for part in (source.title, *source.notes) if part]
    if source.dataset_keys:
        says.append(f"{len(source.dataset_keys):,} datasets")
    return (
        source.name,
        _count(source.rows),
        _count(source.used),
        _count(rejected),
        f"{source.weight:g}",
        source.licence or "",
        source.doi or "",
        "; ".join(says),
    )


def _rejections(account: Account) -> Iterator[str]:
    counted = [source for source in account.sources if source.rows is not None]
    reasons: Counter[str] = Counter()
    for source in counted:
        reasons.update(source.rejected)
    if counted:
        rows = [
            (reason, f"{count:,}", *(f"{s.rejected.get(reason, 0):,}" for s in counted))
            for reason, count in reasons.most_common()
        ]
        yield section(
            "What was not used, and why",
            ["Each row has one reason: the first that holds."],
            ("reason", "all", *(source.name for source in counted)),
            rows,
        )


def _maps(figures: Figures) -> Iterator[str]:
    coast = _coast()
    where = f"cells of resolution {figures.map_resolution}"
    drawn = [cell_map("Richness", figures.richness, coast, f"animals expected; {where}")]
    lines = ["How many animals are expected, each in its best month."]
    if figures.effort:
        drawn.append(cell_map("Effort", figures.effort, coast, f"visits; {where}"))
        lines.append("And how often anybody looked: where the second map is pale, so is the word "
                     "of the first.")  # fmt: skip
    if figures.richness:
        yield section("Where", lines, figures=drawn)


def _lists(figures: Figures) -> Iterator[str]:
    lengths = figures.list_lengths
    if lengths.size:
        says = (
            f"A cell expects {np.median(lengths):,.0f} animals in the middle of the order, "
            f"{lengths.min():,} at least and {lengths.max():,} at most."
        )
        yield section(
            "How long the lists are",
            [says],
            figures=[histogram("Cells by the length of their list", lengths, "cells")],
        )


def _years(figures: Figures) -> Iterator[str]:
    drawn = [month_chart("Animals expected, by month", figures.expected_by_month, "animals")]
    if any(figures.visits_by_month):
        drawn.append(month_chart("Visits, by month", figures.visits_by_month, "visits"))
    rows = [
        (
            year.taxon.scientific_name,
            f"{year.cells:,}",
            _count(year.records),
            " ".join(f"{100 * value:.0f}" for value in year.by_month),
        )
        for year in figures.most_recorded
    ]
    yield section(
        "The year",
        [_YEARS],
        ("animal", "cells", "records", "by month"),
        rows,
        figures=drawn,
    )  # fmt: skip


def _unmatched(account: Account) -> Iterator[str]:
    if account.unmatched:
        yield section(
            "Names that no label gathers",
            [_UNMATCHED],
            ("name", "records"),
            [(name, f"{count:,}") for name, count in account.unmatched],
        )  # fmt: skip


def _licences(account: Account) -> Iterator[str]:
    if account.licences:
        yield section(
            "Licences of the records used",
            ["The strictest is the licence of the release."],
            ("licence", "records"),
            [(name, f"{count:,}") for name, count in account.licences.items()],
        )


def _settings(account: Account) -> Iterator[str]:
    rows = [(name, f"{value}") for name, value in account.settings.items()]
    if rows:
        yield section("Built with", columns=("setting", "value"), rows=rows)
    for title, lines in (("Overrides", account.overrides), ("Sensitive", account.sensitive)):
        if lines:
            yield section(title, columns=(title.lower(),), rows=[(line,) for line in lines])


def _coast() -> list[Line]:
    """Return the outlines of the land."""
    here = files("fieldmark.atlas.geography")
    shapes = read_shapes(here / "countries-50m.json.gz", "countries")
    return [np.asarray(shape.polygon.exterior.coords) for shape in shapes]


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
