"""Taxa as they leave."""

from collections.abc import Mapping

import h3.api.basic_int as h3
import msgspec

from fieldmark.domain.area import MONTHS, Release
from fieldmark.domain.taxon import Ancestor, Taxon

__all__ = [
    "AncestorOut",
    "TaxaOut",
    "TaxonDetailOut",
    "TaxonOut",
    "ancestor_out",
    "taxa_out",
    "taxon_detail_out",
    "taxon_out",
]


class TaxonOut(msgspec.Struct, frozen=True):
    """A named group of animals; ``id`` is iNaturalist's."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: str
    lineage: list[str]


class TaxaOut(msgspec.Struct, frozen=True):
    """Taxa that a search found, the best first."""

    taxa: list[TaxonOut]


class AncestorOut(msgspec.Struct, frozen=True):
    """A wider group that a taxon belongs to."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: str


class RangeCellOut(msgspec.Struct, frozen=True):
    """A cell where a taxon occurs, and the months in which it does, 1 to 12."""

    cell: str
    months: list[int]


class TaxonDetailOut(msgspec.Struct, frozen=True):
    """A taxon, its lineage from class downwards, and where and when it occurs.

    ``known`` is false where the atlas has never heard of it; ``withheld`` says that it is not told
    where it occurs; ``cells_by_month`` counts the cells where it occurs in each month, January
    first.
    """

    taxon: TaxonOut
    ancestors: list[AncestorOut]
    known: bool
    withheld: bool
    cells: list[RangeCellOut]
    cells_by_month: list[int]
    atlas: str
    licence: str
    sources: list[str]


def taxon_out(taxon: Taxon) -> TaxonOut:
    """Return the taxon as it leaves."""
    return TaxonOut(
        taxon.id,
        taxon.scientific_name,
        taxon.common_name,
        str(taxon.rank),
        [ancestor.scientific_name for ancestor in taxon.lineage],
    )


def ancestor_out(group: Ancestor) -> AncestorOut:
    """Return the group as it leaves."""
    return AncestorOut(group.id, group.scientific_name, group.common_name, str(group.rank))


def taxa_out(taxa: list[Taxon]) -> TaxaOut:
    """Return what a search found as it leaves."""
    return TaxaOut([taxon_out(taxon) for taxon in taxa])


def taxon_detail_out(
    taxon: Taxon, cells: Mapping[int, int] | None, release: Release
) -> TaxonDetailOut:
    """Return the taxon and its range, cell → months as bits, as they leave."""
    held = {} if cells is None else cells
    return TaxonDetailOut(
        taxon=taxon_out(taxon),
        ancestors=[ancestor_out(group) for group in taxon.lineage],
        known=cells is not None,
        withheld=taxon.id in release.withheld,
        cells=[RangeCellOut(h3.int_to_str(cell), _months(held[cell])) for cell in sorted(held)],
        cells_by_month=[
            sum(bits >> month & 1 for bits in held.values()) for month in range(MONTHS)
        ],
        atlas=release.name,
        licence=release.licence,
        sources=list(release.sources),
    )


def _months(bits: int) -> list[int]:
    return [month + 1 for month in range(MONTHS) if bits >> month & 1]
