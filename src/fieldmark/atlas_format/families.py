"""How a release keeps its records: by families, the cells that share a parent, deflated together.

Neighbours live among the same animals, and the same animals recur over the whole release. So the
records of a family are deflated in one go, against a dictionary that the release carries: 32 KiB of
its own records. That makes a starter atlas a third of what records deflated one by one take, and
reading is one row either way.

A family is counts, ``<I`` the size of the body, then the deflated body: for each of eight places
the number of its record (255 for none), how many records, the flags of each, then counts and body
of each distinct record. The place of a cell is its last H3 digit; a cell of resolution 0, which has
no parent, belongs to the family of its own children, at place 7.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from fieldmark.atlas_format.cells import FINEST
from fieldmark.atlas_format.envelope import (
    COUNTS_AT,
    check,
    deflate,
    inflate,
    seal,
)
from fieldmark.atlas_format.records import RECORD_MAGIC, record_size
from fieldmark.errors import AtlasBroken

__all__ = [
    "cell_at",
    "check_family",
    "dictionary_of",
    "family_of",
    "pack_family",
    "records_of",
    "unpack_family",
]

_MAGIC: Final = 0xFC
_COUNTS: Final = struct.Struct("<I")
_PLACES: Final = 8
_NONE: Final = 255
_FIRST_FLAGS_AT: Final = _PLACES + 1
_FLAGS_AT: Final = 2
_MAX_BYTES: Final = 2**25
_DICTIONARY_BYTES: Final = 2**15
"""As far back as deflate can look."""
_SHARED: Final = 14

_RESOLUTION_AT: Final = 52


def family_of(cell: int) -> tuple[int, int]:
    """Return the parent under which a cell is kept, and its place among the children."""
    resolution = cell >> _RESOLUTION_AT & FINEST
    if resolution == 0:
        return cell, _PLACES - 1
    digit_at = 3 * (FINEST - resolution)
    parent = (cell | 7 << digit_at) - (1 << _RESOLUTION_AT)
    return parent, cell >> digit_at & 7


def cell_at(parent: int, place: int) -> int:
    """Return the cell at that place under a parent: what ``family_of`` takes apart."""
    if place == _PLACES - 1:
        return parent
    resolution = (parent >> _RESOLUTION_AT & FINEST) + 1
    digit_at = 3 * (FINEST - resolution)
    return (parent & ~(7 << digit_at) | place << digit_at) + (1 << _RESOLUTION_AT)


def siblings_of(cells: Iterable[int]) -> list[int]:
    """Return the cells that are kept with the finest of these, those themselves among them."""
    resolution_of = {cell: cell >> _RESOLUTION_AT & FINEST for cell in cells}
    finest = max(resolution_of.values(), default=0)
    parents = {family_of(cell)[0] for cell, level in resolution_of.items() if level == finest > 0}
    return [cell_at(parent, place) for parent in parents for place in range(_PLACES - 1)]


def pack_family(records: Mapping[int, bytes], dictionary: bytes) -> bytes:
    """Return in packed form the packed records of a family, by place."""
    distinct = list(dict.fromkeys(packed for _, packed in sorted(records.items())))
    places = (distinct.index(records[p]) if p in records else _NONE for p in range(_PLACES))
    flags = (packed[_FLAGS_AT] for packed in distinct)
    bodies = (packed[COUNTS_AT:] for packed in distinct)
    body = b"".join((bytes((*places, len(distinct), *flags)), *bodies))
    return seal(_MAGIC, 0, _COUNTS.pack(len(body)) + deflate(body, dictionary))


def unpack_family(packed: bytes, dictionary: bytes) -> dict[int, bytes]:
    """Return the packed records of a family, by place.

    Raises:
        AtlasBroken: the bytes are no family, of another version, damaged or out of bounds.
    """
    check(packed, _MAGIC, _COUNTS.size)
    (size,) = _COUNTS.unpack_from(packed, COUNTS_AT)
    if not _FIRST_FLAGS_AT <= size <= _MAX_BYTES:
        raise AtlasBroken(f"a packed family states {size} bytes; out of bounds")
    body = inflate(packed[COUNTS_AT + _COUNTS.size :], size, dictionary)
    distinct = list(_split(body))
    try:
        return {p: distinct[n] for p, n in enumerate(body[:_PLACES]) if n != _NONE}
    except IndexError as error:
        raise AtlasBroken("a packed family lacks a record that a place points at") from error


def check_family(packed: bytes) -> None:
    """Look at the seal of a packed family, and leave it closed.

    Raises:
        AtlasBroken: the bytes are no family, of another version or damaged.
    """
    check(packed, _MAGIC, _COUNTS.size)


def records_of(
    cells: Iterable[int], families: Mapping[int, bytes], dictionary: bytes
) -> dict[int, bytes]:
    """Return the packed records of the cells that packed families, by parent, hold.

    Raises:
        AtlasBroken: as ``unpack_family``.
    """
    opened = {parent: unpack_family(packed, dictionary) for parent, packed in families.items()}
    homes = ((cell, *family_of(cell)) for cell in cells)
    found = ((cell, opened[parent].get(place)) for cell, parent, place in homes if parent in opened)
    return {cell: record for cell, record in found if record is not None}


def _split(body: bytes) -> Iterator[bytes]:
    start = _FIRST_FLAGS_AT + body[_PLACES]
    for flags in body[_FIRST_FLAGS_AT:start]:
        end = start + record_size(body, start, flags)
        yield seal(RECORD_MAGIC, flags, body[start:end])
        start = end
    if start != len(body):
        raise AtlasBroken(f"a packed family of {body[_PLACES]} records does not add up")


def dictionary_of(records: Sequence[bytes], of_cells: Iterable[int]) -> bytes:
    """Return the dictionary for a release: records of its own.

    Those that most cells share come last, where deflate reaches them most cheaply; before them
    records taken evenly from all.

    Args:
        records: the distinct packed records.
        of_cells: for each cell the position of its record.
    """
    if not records:
        return b""
    uses = Counter(of_cells)
    shared = sorted(uses, key=lambda number: (-uses[number], number))[:_SHARED]
    step = max(1, sum(map(len, records)) // _DICTIONARY_BYTES)
    chosen = (*range(0, len(records), step), *reversed(shared))
    return b"".join(records[number][COUNTS_AT:] for number in chosen)[-_DICTIONARY_BYTES:]
