"""Taxa as they leave."""

import msgspec

from fieldmark.domain.taxon import Taxon

__all__ = ["TaxonOut", "taxon_out"]


class TaxonOut(msgspec.Struct, frozen=True):
    """A named group of animals; ``id`` is iNaturalist's."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: str
    lineage: list[str]


def taxon_out(taxon: Taxon) -> TaxonOut:
    """Return the taxon as it leaves."""
    return TaxonOut(
        taxon.id,
        taxon.scientific_name,
        taxon.common_name,
        str(taxon.rank),
        [ancestor.scientific_name for ancestor in taxon.lineage],
    )
