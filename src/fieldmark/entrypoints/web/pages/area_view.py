"""What lives here, as its pages show it: every string that the templates need, ready."""

import calendar
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import h3.api.basic_int as h3
import msgspec

from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.web.pages import cell_words, numbers
from fieldmark.entrypoints.web.pages.cell_words import Neighbour
from fieldmark.entrypoints.web.pages.listing import ORDERS, OTHERS, Listing, Order
from fieldmark.entrypoints.web.pages.sparklines import Sparkline, sparkline
from fieldmark.entrypoints.web.pages.words import sources_of
from fieldmark.lookup import AreaAnimals, Resident
from fieldmark.wire import TaxonOut, cell_outline, taxon_out

__all__ = ["AreaView", "Choice", "Row", "area_view"]

AT_ONCE: Final = 500
"""How many rows a page shows unless it is asked for all."""

_REMARKS: Final = {
    "area-from-starter-atlas": "This is the starter atlas: compiled by hand, coarse, and about few "
    "animals. What it does not list may well live here.",
    "area-without-month": "Without a month, each animal is shown by its best one.",
    "area-from-parent-cell": "The atlas has nothing on this cell itself; the wider one around it "
    "speaks for it.",
    "area-stale": "The atlas did not answer in time; this is an older copy of the area.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several addresses of which one is the current; ``aside`` is a count."""

    text: str
    short: str
    href: str
    current: bool
    aside: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One animal of the area."""

    name: str
    taxon: TaxonOut
    href: str
    percent: str
    share: float
    months: Sparkline
    unusual: bool
    records: str | None


@dataclass(frozen=True, slots=True)
class AreaView:
    """One area in one month or the whole year.

    ``empty`` says that no animal is listed, ``unknown`` that the atlas has nothing on the place.
    ``map`` is JSON: the outline of the cell and of those around it, each with its address.
    ``left_out`` counts the animals that only ``all_href`` shows; ``wider_href`` is None for the
    widest cells of the atlas.
    """

    cell: str
    spot: str
    size: str
    when: str | None
    column: str
    count: str
    rows: tuple[Row, ...]
    left_out: int
    all_href: str
    has_records: bool
    empty: bool
    unknown: bool
    months: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    remarks: tuple[str, ...]
    around: tuple[tuple[Neighbour, str], ...]
    wider_href: str | None
    csv_href: str
    json_href: str
    atlas: str
    licence: str
    sources: tuple[str, ...]
    map: str


def area_view(
    area: AreaAnimals, cell: int, listing: Listing, groups: Sequence[tuple[str, str]]
) -> AreaView:
    """Return the view of an area.

    Args:
        area: its animals, the most regular first.
        cell: the one that was asked for.
        listing: which of them, in which order.
        groups: the classes of the atlas, scientific and common name.
    """
    month = area.use.month
    chosen = [r for r in area.residents if listing.group in (None, _group_of(r.taxon))]
    shown = _ordered(chosen, listing.order)
    shown = shown if listing.whole else shown[:AT_ONCE]
    link = _links(cell, month, listing)
    around = _around(cell, month)
    name, when = h3.int_to_str(cell), None if month is None else calendar.month_name[month]
    return AreaView(
        cell=name,
        spot=cell_words.spot_of(cell),
        size=cell_words.area_of(cell),
        when=when,
        column="In its best month" if when is None else f"In {when}",
        count=_count(area, chosen),
        rows=tuple(_row(resident, month) for resident in shown),
        left_out=len(chosen) - len(shown),
        all_href=link(all=1),
        has_records=any(resident.records is not None for resident in area.residents),
        empty=not area.residents,
        unknown=area.use.status == "empty",
        months=_months(month, link),
        groups=_groups(area, listing, dict(groups), link),
        orders=_orders(listing, link),
        remarks=tuple(
            _REMARKS.get(note.code, note.text) for note in area.notes if note.code != "area-empty"
        ),
        around=around,
        wider_href=_wider(cell, area.release.coarsest, month),
        csv_href=f"/areas/{name}.csv{_query(month=month)}",
        json_href=f"/v1/areas{_query(cell=name, month=month)}",
        atlas=area.release.name,
        licence=area.release.licence,
        sources=sources_of(area.release),
        map=_map(cell, around),
    )


_Link = Callable[..., str]


def _links(cell: int, month: int | None, listing: Listing) -> _Link:
    """Return what makes addresses of this page with one thing changed."""

    def link(**changed: object) -> str:
        order = None if listing.order == "regular" else listing.order
        now: dict[str, object] = {"month": month, "group": listing.group, "sort": order}
        return cell_words.href_of(cell, _query(**{**now, **changed}))

    return link


def _query(**fields: object) -> str:
    said = {name: value for name, value in fields.items() if value is not None}
    return f"?{urlencode(said)}" if said else ""


def _ordered(residents: Sequence[Resident], order: Order) -> Sequence[Resident]:
    if order == "regular":
        return residents
    if order == "name":
        return sorted(residents, key=lambda r: _name(r.taxon).casefold())
    return sorted(residents, key=lambda r: r.taxon.scientific_name)


def _row(resident: Resident, month: int | None) -> Row:
    by_month = resident.by_month
    share = max(by_month) if month is None else by_month[month - 1]
    return Row(
        name=_name(resident.taxon),
        taxon=taxon_out(resident.taxon),
        href=f"/animals/{resident.taxon.id}",
        percent=numbers.percent(share),
        share=numbers.share_of_100(share),
        months=sparkline(by_month, month),
        unusual=not resident.expected,
        records=None if resident.records is None else f"{resident.records:,}",
    )


def _count(area: AreaAnimals, chosen: Sequence[Resident]) -> str:
    if area.use.status == "empty":
        return "Nobody has looked for animals here yet, as far as the atlas knows."
    if not area.residents:
        return "The atlas lists no animal here."
    if not chosen:
        return "The atlas lists none of this group here."
    noun = "animal" if len(chosen) == 1 else "animals"
    unusual = sum(not resident.expected for resident in chosen)
    if unusual == 0:
        return f"{len(chosen):,} {noun}, all of them to be expected."
    return f"{len(chosen):,} {noun}, {unusual:,} of them unusual."


def _months(month: int | None, link: _Link) -> tuple[Choice, ...]:
    year = Choice("Whole year", "Year", link(month=None), month is None)
    return (
        year,
        *(
            Choice(
                calendar.month_name[number],
                calendar.month_abbr[number],
                link(month=number),
                number == month,
            )
            for number in range(1, 13)
        ),
    )


def _groups(
    area: AreaAnimals, listing: Listing, names: Mapping[str, str], link: _Link
) -> tuple[Choice, ...]:
    """Return all, the groups that live here, the largest first, and the one that is chosen."""
    counts = Counter(_group_of(resident.taxon) for resident in area.residents)
    present = [name for name, _ in counts.most_common() if name != OTHERS]
    if OTHERS in counts:
        present.append(OTHERS)
    if listing.group is not None and listing.group not in present:
        present.append(listing.group)
    everything = Choice(
        "All", "All", link(group=None), listing.group is None, f"{len(area.residents):,}"
    )
    return (everything, *(
        Choice(_title(names.get(name, name)), name, link(group=name), name == listing.group,
               f"{counts[name]:,}")
        for name in present
    ))  # fmt: skip


def _orders(listing: Listing, link: _Link) -> tuple[Choice, ...]:
    return tuple(
        Choice(text, text, link(sort=key), key == listing.order) for key, text in ORDERS.items()
    )


def _group_of(taxon: Taxon) -> str:
    group = taxon.at(Rank.CLASS)
    return OTHERS if group is None else group.scientific_name


def _wider(cell: int, coarsest: int, month: int | None) -> str | None:
    resolution = h3.get_resolution(cell)
    if resolution <= coarsest:
        return None
    return cell_words.href_of(h3.cell_to_parent(cell, resolution - 1), _query(month=month))


def _around(cell: int, month: int | None) -> tuple[tuple[Neighbour, str], ...]:
    return tuple(
        (neighbour, cell_words.href_of(neighbour.cell, _query(month=month)))
        for neighbour in cell_words.neighbours_of(cell)
    )


def _map(cell: int, around: Sequence[tuple[Neighbour, str]]) -> str:
    drawn: dict[str, Any] = {
        "cell": cell_outline(cell),
        "around": [
            {
                "href": href,
                "label": f"{neighbour.spot}, to the {neighbour.direction}",
                "outline": cell_outline(neighbour.cell),
            }
            for neighbour, href in around
        ],
    }
    return msgspec.json.encode(drawn).decode()


def _name(taxon: Taxon) -> str:
    return taxon.common_name or taxon.scientific_name


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]
