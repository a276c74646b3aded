"""The taxa of a release in blocks: what a shared cache holds of them under one key."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from fieldmark.adapters.shared_keys import key_of_block
from fieldmark.atlas_format import pack_taxa, unpack_taxa
from fieldmark.domain.area import Release, rows_of
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import AtlasBroken

__all__ = ["TaxonBlocks"]

_BLOCK: Final = 512
"""Taxa in one value, about 30 KB: 5,000 are ten values, each far below what one may take."""


class TaxonBlocks:
    """The known taxa of one release, ids ascending, cut into blocks of 512."""

    def __init__(self, release: Release) -> None:
        self._release = release

    def keys_of(self, taxon_ids: Sequence[int]) -> list[str]:
        """Return the keys of the blocks that hold those of the ids which the release knows."""
        small = [id_ for id_ in taxon_ids if 0 <= id_ < 2**31]
        rows = rows_of(np.array(small, dtype=np.int32), self._release.known)
        numbers = np.unique(rows[rows >= 0] // _BLOCK).tolist()
        return [key_of_block(self._release.name, number) for number in numbers]

    def ids_of(self, keys: Sequence[str]) -> list[int]:
        """Return the ids in those blocks."""
        return [id_ for key in keys for id_ in self._ids(key)]

    def packed(self, keys: Sequence[str], taxa: Mapping[int, Taxon]) -> dict[str, bytes]:
        """Return the blocks of those keys, made of the taxa.

        Raises:
            AtlasBroken: one is missing.
        """
        try:
            return {key: pack_taxa([taxa[id_] for id_ in self._ids(key)]) for key in keys}
        except KeyError as error:
            raise AtlasBroken(
                f"release {self._release.name} lacks the taxon {error} that it knows"
            ) from None

    def unpacked(self, key: str, body: bytes | None) -> Mapping[int, Taxon]:
        """Return the taxa of the block of that key.

        Raises:
            AtlasBroken: it is no block, or not that one.
        """
        taxa = unpack_taxa(body or b"")
        if list(taxa) != self._ids(key):
            raise AtlasBroken(f"a block of taxa of release {self._release.name} is another one")
        return taxa

    def _ids(self, key: str) -> list[int]:
        start = _BLOCK * int(key.rpartition(":")[2])
        ids: list[int] = self._release.known[start : start + _BLOCK].tolist()
        return ids
