"""Rows in PostgreSQL's binary COPY form, in blocks of a good size, and what proves their arrival.

Form: PostgreSQL's documentation of COPY, section "Binary Format".
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

__all__ = ["Seals", "packed_blocks", "text_blocks"]

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER: Final = struct.pack(">h", -1)
_HEAD: Final = struct.Struct(">hiqi")
_KEY_BYTES: Final = 8
_KEY_AT: Final = 6
_SIZE: Final = struct.Struct(">i")
_NULL: Final = _SIZE.pack(-1)
_CHECKSUM: Final = slice(4, 8)
"""Where a packed entry carries the checksum of all its other bytes (``atlas_format.envelope``)."""

_SEAL: Final = np.dtype([("key", ">i8"), ("size", ">i4"), ("checksum", "V4")])
_BLOCK_BYTES: Final = 128 * 1024


@dataclass(slots=True)
class Seals:
    """Key, size and checksum of packed rows: what tells the rows of a table from any others."""

    count: int = 0
    size_bytes: int = 0
    entries: bytearray = field(default_factory=bytearray)

    def digest(self) -> bytes:
        """Return the SHA-256 of all, ascending by key; ``loading`` asks the same in SQL."""
        seals = np.frombuffer(self.entries, _SEAL)
        return hashlib.sha256(seals[np.argsort(seals["key"])].tobytes()).digest()


def packed_blocks(families: Iterable[Iterable[tuple[int, bytes]]], seals: Seals) -> Iterator[bytes]:
    """Yield rows of a bigint and a packed entry, adding to the seals."""
    pack, entries = _HEAD.pack, seals.entries
    held = [_HEADER]
    size = 0
    for family in families:
        for key, packed in family:
            head = pack(2, _KEY_BYTES, key, len(packed))
            held += (head, packed)
            size += len(packed)
            entries += head[_KEY_AT:]
            entries += packed[_CHECKSUM]
            seals.count += 1
        if size >= _BLOCK_BYTES:
            yield b"".join(held)
            seals.size_bytes += size
            held, size = [], 0
    seals.size_bytes += size
    yield b"".join((*held, _TRAILER))


def text_blocks(rows: Iterable[tuple[int, *tuple[str | None, ...]]]) -> Iterator[bytes]:
    """Yield rows of an integer and texts, None where there is none."""
    held, size = [_HEADER], 0
    for id_, *texts in rows:
        held.append(_text_row(id_, texts))
        size += len(held[-1])
        if size >= _BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join((*held, _TRAILER))


def _text_row(id_: int, texts: list[str | None]) -> bytes:
    parts = [struct.pack(">hii", 1 + len(texts), 4, id_)]
    for text in texts:
        encoded = None if text is None else text.encode()
        parts += [_NULL] if encoded is None else [_SIZE.pack(len(encoded)), encoded]
    return b"".join(parts)
