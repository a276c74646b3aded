"""What caches carry beside records and ranges: what a release says of itself, and its taxa.

A *saying* is, after the counts, the known ids as int32 steps, then the rows of ``release`` as JSON,
all deflated. A *block* of taxa is the rows of their ancestors and their own as JSON, deflated.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
import numpy as np

from fieldmark.atlas_format.envelope import COUNTS_AT, check, deflate, inflate, seal
from fieldmark.atlas_format.tables import TaxonRow, release_of, release_rows, taxa_of
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken

__all__ = ["pack_release", "pack_taxa", "unpack_release", "unpack_taxa"]

_T = TypeVar("_T")

_RELEASE_MAGIC: Final = 0xF9
_TAXA_MAGIC: Final = 0xF8
_RELEASE_COUNTS: Final = struct.Struct("<II")
_TAXA_COUNTS: Final = struct.Struct("<I")
_ID: Final = np.dtype("<i4")
_MAX_KNOWN: Final = 1_000_000
_MAX_TEXT_BYTES: Final = 2**20
_MAX_BLOCK_BYTES: Final = 2**23
_FINEST: Final = 15


class _Block(msgspec.Struct, array_like=True):
    ancestors: list[tuple[int, str, str | None, str]]
    taxa: list[TaxonRow]


def pack_release(release: Release) -> bytes:
    """Return in packed form what a release says of itself.

    Raises:
        ValueError: it says more than fits, or its known ids do not ascend.
    """
    text = msgspec.json.encode(release_rows(release))
    steps = np.diff(release.known.astype(_ID), prepend=_ID.type(0))
    if release.known.size > _MAX_KNOWN or len(text) > _MAX_TEXT_BYTES or (steps <= 0).any():
        raise ValueError(f"release {release.name!r} is none that can be packed")
    counts = _RELEASE_COUNTS.pack(release.known.size, len(text))
    return seal(_RELEASE_MAGIC, 0, counts + deflate(steps.tobytes() + text))


def unpack_release(packed: bytes) -> Release:
    """Return what a release says of itself.

    Raises:
        AtlasBroken: the bytes are no saying, of another version, damaged or out of bounds.
    """
    check(packed, _RELEASE_MAGIC, _RELEASE_COUNTS.size)
    known, size = _RELEASE_COUNTS.unpack_from(packed, COUNTS_AT)
    if known > _MAX_KNOWN or size > _MAX_TEXT_BYTES:
        raise AtlasBroken(f"a release states {known} taxa and {size} bytes of text")
    ids_size = known * _ID.itemsize
    body = inflate(packed[COUNTS_AT + _RELEASE_COUNTS.size :], ids_size + size)
    steps = np.frombuffer(body, _ID, known)
    ids = np.cumsum(steps, dtype=np.int64)
    if known and ((steps <= 0).any() or ids[-1] > np.iinfo(_ID).max):
        raise AtlasBroken("the known ids of a release do not ascend")
    release = release_of(_decoded(body[ids_size:], dict[str, str]), ids.astype(np.int32))
    if not 0 <= release.coarsest <= release.resolution <= _FINEST:
        raise AtlasBroken(
            f"a release of resolutions {release.coarsest} to {release.resolution} cannot be"
        )
    return release


def pack_taxa(taxa: Sequence[Taxon]) -> bytes:
    """Return a block of taxa in packed form, each ancestor once."""
    ancestors = {ancestor.id: ancestor for taxon in taxa for ancestor in taxon.lineage}
    block = _Block(
        [(a.id, a.scientific_name, a.common_name, str(a.rank)) for a in ancestors.values()],
        [(t.id, t.scientific_name, t.common_name, str(t.rank), _lineage(t)) for t in taxa],
    )
    body = msgspec.json.encode(block)
    if len(body) > _MAX_BLOCK_BYTES:
        raise ValueError(f"{len(taxa)} taxa make a block of {len(body)} bytes")
    return seal(_TAXA_MAGIC, 0, _TAXA_COUNTS.pack(len(body)) + deflate(body))


def unpack_taxa(packed: bytes) -> Mapping[int, Taxon]:
    """Return the taxa of a block by id.

    Raises:
        AtlasBroken: the bytes are no block, of another version, damaged or out of bounds.
    """
    check(packed, _TAXA_MAGIC, _TAXA_COUNTS.size)
    (size,) = _TAXA_COUNTS.unpack_from(packed, COUNTS_AT)
    if size > _MAX_BLOCK_BYTES:
        raise AtlasBroken(f"a block of taxa states {size} bytes")
    block = _decoded(inflate(packed[COUNTS_AT + _TAXA_COUNTS.size :], size), _Block)
    try:
        known = {
            id_: Ancestor(id_, name, common, Rank.parse(rank))
            for id_, name, common, rank in block.ancestors
        }
    except ValueError as error:
        raise AtlasBroken(f"a block of taxa is broken: {error}") from error
    return taxa_of(block.taxa, known)


def _lineage(taxon: Taxon) -> str:
    return " ".join(str(ancestor.id) for ancestor in taxon.lineage)


def _decoded(text: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AtlasBroken(f"a packed entry holds text that is none: {error}") from error
