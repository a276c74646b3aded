"""Rows in PostgreSQL's binary COPY form, in blocks of a good size, and what proves their arrival.

Form: PostgreSQL's documentation of COPY, section "Binary Format".
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Seals", "blocks_of", "packed_row", "row_of"]

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER: Final = struct.pack(">h", -1)
_PACKED: Final = struct.Struct(">hiqi")
_KEY_BYTES: Final = 8
_KEY_AT: Final = 6
_FIRST: Final = struct.Struct(">hii")
_SIZE: Final = struct.Struct(">i")
_NULL: Final = _SIZE.pack(-1)
_CHECKSUM: Final = slice(4, 8)
"""Where a packed entry carries the checksum of all its other bytes (``atlas_format.envelope``)."""

_BLOCK_BYTES: Final = 128 * 1024


@dataclass(slots=True)
class Seals:
    """Key, size and checksum of packed rows: what tells the rows of a table from any others."""

    count: int = 0
    size_bytes: int = 0
    entries: bytearray = field(default_factory=bytearray)

    def digest(self) -> bytes:
        """Return the SHA-256 of all, in the order of the rows; ``loading`` asks the same in SQL."""
        return hashlib.sha256(self.entries).digest()


def packed_row(key: int, packed: bytes, seals: Seals) -> bytes:
    """Return the row of a bigint and a packed entry, and add to the seals."""
    head = _PACKED.pack(2, _KEY_BYTES, key, len(packed))
    seals.count += 1
    seals.size_bytes += len(packed)
    seals.entries += head[_KEY_AT:]
    seals.entries += packed[_CHECKSUM]
    return head + packed


def row_of(id_: int, *values: str | bytes | None) -> bytes:
    """Return the row of an integer and texts or bytes, None where there is none."""
    parts = [_FIRST.pack(1 + len(values), _FIRST.size - 6, id_)]
    for value in values:
        encoded = value.encode() if isinstance(value, str) else value
        parts += [_NULL] if encoded is None else [_SIZE.pack(len(encoded)), encoded]
    return b"".join(parts)


def blocks_of(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the rows in blocks, with what begins and ends a COPY."""
    held, size = [_HEADER], 0
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= _BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join((*held, _TRAILER))
