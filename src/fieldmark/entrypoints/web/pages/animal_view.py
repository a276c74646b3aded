"""Animals as their pages show them: names, lineage, where and when each occurs."""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

import h3.api.basic_int as h3

from fieldmark.domain.area import MONTHS, Release
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.web.pages import cell_words
from fieldmark.entrypoints.web.pages.charts import MonthChart, month_chart
from fieldmark.entrypoints.web.pages.words import sources_of
from fieldmark.wire import TaxonOut, taxon_out

__all__ = ["AnimalView", "Found", "Range", "animal_view", "found_of", "months_of"]

CELLS_LISTED: Final = 50
_ALL_MONTHS: Final = (1 << MONTHS) - 1
_FULL_TURN: Final = 360.0
_WIDEST_GAP: Final = 40.0
"""A taxon with a narrower gap between its westernmost and easternmost cells is all round."""


@dataclass(frozen=True, slots=True)
class Found:
    """One taxon that a search found, or that a page links to; ``href`` None for no page."""

    name: str
    taxon: TaxonOut
    href: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell of the range, and when the animal is there."""

    spot: str
    href: str
    months: str


@dataclass(frozen=True, slots=True)
class Range:
    """Where and when a taxon occurs; ``listed`` are some of the cells, spread from north to south.

    The chart shows in which share of them it occurs by month.
    """

    summary: str
    when: str
    chart: MonthChart
    count: str
    listed: tuple[CellLine, ...]


@dataclass(frozen=True, slots=True)
class AnimalView:
    """One taxon. ``range`` is None where the atlas has no cell of it, and ``silent`` says why."""

    name: str
    taxon: TaxonOut
    rank: str
    is_genus_or_below: bool
    lineage: tuple[Found, ...]
    range: Range | None
    silent: str | None
    domestic: bool
    atlas: str
    licence: str
    sources: tuple[str, ...]


def found_of(taxon: Taxon) -> Found:
    """Return a taxon as a list of results shows it."""
    group = taxon.at(Rank.CLASS)
    return Found(
        name=taxon.common_name or taxon.scientific_name,
        taxon=taxon_out(taxon),
        href=f"/animals/{taxon.id}",
        group=None
        if group is None or group.id == taxon.id
        else group.common_name or group.scientific_name,
    )


def animal_view(
    taxon: Taxon,
    cells: Mapping[int, int] | None,
    release: Release,
    known: Callable[[int], Taxon | None],
    *,
    domestic: bool,
) -> AnimalView:
    """Return the view of a taxon.

    Args:
        taxon: the one that was asked for.
        cells: where it occurs, each with its months as bits 0 to 11; None where the atlas has never
            heard of it.
        release: what the atlas says of itself.
        known: returns the taxon of an id that has a page.
        domestic: whether it lives with people.
    """
    return AnimalView(
        name=taxon.common_name or taxon.scientific_name,
        taxon=taxon_out(taxon),
        rank=str(taxon.rank),
        is_genus_or_below=taxon.rank <= Rank.GENUS,
        lineage=_lineage(taxon, known),
        range=_range(cells, release.resolution) if cells else None,
        silent=_silent(cells, domestic=domestic, withheld=taxon.id in release.withheld),
        domestic=domestic,
        atlas=release.name,
        licence=release.licence,
        sources=sources_of(release),
    )


def months_of(bits: int) -> str:
    """Return months, bits 0 to 11, in words: ``all year``, ``Nov to Feb``, ``May, Sep to Oct``."""
    if bits & _ALL_MONTHS == _ALL_MONTHS:
        return "all year"
    present = [month for month in range(MONTHS) if bits >> month & 1]
    # A run of months has one difference between month and place; the year is a circle.
    runs = [
        [month for _, month in run]
        for _, run in groupby(enumerate(present), key=lambda pair: pair[1] - pair[0])
    ]
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == MONTHS - 1:
        runs = [[*runs[-1], *runs[0]], *runs[1:-1]]
    return ", ".join(_run(run) for run in runs)


def _run(run: Sequence[int]) -> str:
    first, last = (calendar.month_abbr[month + 1] for month in (run[0], run[-1]))
    return first if len(run) == 1 else f"{first} to {last}"


def _lineage(taxon: Taxon, known: Callable[[int], Taxon | None]) -> tuple[Found, ...]:
    return tuple(
        Found(
            name=ancestor.common_name or ancestor.scientific_name,
            taxon=TaxonOut(
                ancestor.id, ancestor.scientific_name, ancestor.common_name, str(ancestor.rank), []
            ),
            href=f"/animals/{ancestor.id}" if known(ancestor.id) is not None else None,
            group=None,
        )
        for ancestor in taxon.lineage
    )


def _silent(
    cells: Mapping[int, int] | None, *, domestic: bool, withheld: bool = False
) -> str | None:
    if cells:
        return None
    if withheld:
        return "Where it lives is told to nobody, because telling it would harm it."
    if domestic:
        return "It lives with people, wherever they are, so the atlas does not map it."
    if cells is None:
        return (
            "The atlas has never heard of it. That says nothing about where it lives: a photo of "
            "it is judged by its looks alone."
        )
    return (
        "The atlas knows it and has it in no cell: it is not to be expected in the wild anywhere."
    )


def _range(cells: Mapping[int, int], resolution: int) -> Range:
    counts = [sum(bits >> month & 1 for bits in cells.values()) for month in range(MONTHS)]
    chart = month_chart([count / len(cells) for count in counts], None)
    bars = tuple(
        replace(bar, value=f"{count:,} ({bar.value})")
        for bar, count in zip(chart.bars, counts, strict=True)
    )
    return Range(
        summary=_where(cells, resolution),
        when=_when(counts, len(cells)),
        chart=replace(chart, bars=bars),
        count=f"{len(cells):,}",
        listed=_listed(cells),
    )


def _where(cells: Mapping[int, int], resolution: int) -> str:
    noun = "cell" if len(cells) == 1 else "cells"
    size = cell_words.rounded_km2(h3.average_hexagon_area(resolution, unit="km^2"))
    return f"In {len(cells):,} {noun} of about {size} each, {_extent(cells)}."


def _extent(cells: Mapping[int, int]) -> str:
    """Return from where to where the cells reach, across the antimeridian where that is shorter."""
    points = [h3.cell_to_latlng(cell) for cell in cells]
    south, north = min(lat for lat, _ in points), max(lat for lat, _ in points)
    heights = f"from {_latitude(south)} to {_latitude(north)}"
    longitudes = sorted({lon for _, lon in points})
    gaps = [
        (east - west, west, east)
        for west, east in pairwise([*longitudes, longitudes[0] + _FULL_TURN])
    ]
    widest, last, first = max(gaps)
    if widest < _WIDEST_GAP:
        return f"{heights}, all round the Earth"
    return f"{heights} and from {_longitude(first)} eastwards to {_longitude(last)}"


def _latitude(degrees: float) -> str:
    return f"{abs(degrees):.0f}° {'S' if degrees < 0 else 'N'}"


def _longitude(degrees: float) -> str:
    degrees = (degrees + 180.0) % _FULL_TURN - 180.0
    return f"{abs(degrees):.0f}° {'W' if degrees < 0 else 'E'}"


def _when(counts: Sequence[int], cells: int) -> str:
    present = sum(1 << month for month, count in enumerate(counts) if count)
    months = months_of(present)
    if min(counts) == cells:
        return "There all year."
    if months == "all year":
        return "Somewhere all year, but not everywhere in every month."
    return f"To be expected {months}."


def _listed(cells: Mapping[int, int]) -> tuple[CellLine, ...]:
    """Return up to ``CELLS_LISTED`` cells, from north to south, evenly spread."""
    ordered = sorted(cells, key=lambda cell: (-h3.cell_to_latlng(cell)[0], cell))
    step = max(1.0, len(ordered) / CELLS_LISTED)
    chosen = [ordered[int(k * step)] for k in range(min(len(ordered), CELLS_LISTED))]
    return tuple(
        CellLine(cell_words.spot_of(cell), cell_words.href_of(cell), months_of(cells[cell]))
        for cell in chosen
    )
