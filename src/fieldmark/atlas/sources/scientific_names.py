"""Scientific names to taxa, for the sources of ranges: as they stand, or by their genus."""

from collections.abc import Callable, Mapping, Sequence

from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.taxon import Rank

__all__ = ["Matcher", "by_scientific_name"]

Matcher = Callable[[Sequence[str], Taxa], Mapping[str, int]]
"""Finds the taxa that names belong to, by their ids; names that belong to none are left out."""


def by_scientific_name(names: Sequence[str], taxa: Taxa) -> Mapping[str, int]:
    """Return the id of each name that is a taxon's, or whose first word is a genus among them."""
    own = {taxon.scientific_name: taxon.id for taxon in taxa.by_id.values()}
    genera = {
        taxon.scientific_name: taxon.id for taxon in taxa.by_id.values() if taxon.rank is Rank.GENUS
    }
    found = {name: own.get(name) or genera.get(name.partition(" ")[0]) for name in names}
    return {name: id_ for name, id_ in found.items() if id_ is not None}
