"""What every packed entry begins with, so that a damaged or foreign one is told from a good one.

    byte 0      magic: which kind of entry this is
    byte 1      version
    byte 2      flags of the kind
    byte 3      0
    bytes 4-7   CRC-32 of all other bytes
    bytes 8-    the counts of the kind, then its body

All numbers are little-endian.
"""

import functools
import struct
import zlib
from typing import Final

from fieldmark.errors import AtlasBroken

__all__ = [
    "COUNTS_AT",
    "FORMAT_VERSION",
    "check",
    "deflate",
    "inflate",
    "seal",
]

FORMAT_VERSION: Final = 1
"""Of the tables and the packed forms together."""

COUNTS_AT: Final = 8
"""Where the counts of an entry begin."""

_START: Final = 4
"""How many bytes come before the checksum."""

_CRC: Final = struct.Struct("<I")

_LONG: Final = 1 << 17
_LONG_LEVEL: Final = 6
"""Of long bodies: level 9 would take three times as long there, for a thousandth of the size; short
ones, and so the starter, are smaller by a twentieth with it."""


def seal(magic: int, flags: int, content: bytes) -> bytes:
    """Return the packed entry of counts and body."""
    start, begun = _started(magic, flags)
    return start + _CRC.pack(zlib.crc32(content, begun)) + content


@functools.cache
def _started(magic: int, flags: int) -> tuple[bytes, int]:
    """Return the first bytes of an entry and the checksum up to there; there are few of them."""
    start = bytes((magic, FORMAT_VERSION, flags, 0))
    return start, zlib.crc32(start)


def check(packed: bytes, magic: int, counts_size: int) -> int:
    """Return the flags of a packed entry that is whole and of the kind asked for.

    Raises:
        AtlasBroken: it is of another kind or version, cut short or damaged.
    """
    if len(packed) < COUNTS_AT + counts_size or packed[0] != magic:
        raise AtlasBroken(f"{len(packed)} bytes that are no packed entry of the kind asked for")
    if packed[1] != FORMAT_VERSION:
        raise AtlasBroken(f"a packed entry of version {packed[1]}; {FORMAT_VERSION} is read here")
    (crc,) = _CRC.unpack_from(packed, _START)
    if zlib.crc32(memoryview(packed)[COUNTS_AT:], zlib.crc32(packed[:_START])) != crc:
        raise AtlasBroken("a packed entry is damaged: its checksum does not fit")
    return packed[2]


def deflate(body: bytes, dictionary: bytes = b"") -> bytes:
    """Return the body deflated as far as it pays, against the dictionary where there is one."""
    level = zlib.Z_BEST_COMPRESSION if len(body) <= _LONG else _LONG_LEVEL
    writer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=dictionary)
    return writer.compress(body) + writer.flush()


def inflate(deflated: bytes, size: int, dictionary: bytes = b"") -> bytes:
    """Return what was deflated; whatever it claims, at most one byte more is allocated.

    Raises:
        AtlasBroken: it is not of the stated size.
    """
    reader = zlib.decompressobj(-zlib.MAX_WBITS, dictionary)
    try:
        body = reader.decompress(deflated, size + 1)
    except zlib.error as error:
        raise AtlasBroken(f"a packed entry cannot be inflated: {error}") from error
    if len(body) != size:
        raise AtlasBroken(f"a packed entry states {size} bytes and holds another number")
    return body
