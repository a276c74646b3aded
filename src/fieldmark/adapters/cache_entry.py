"""What a cache holds under a key: bytes, where they stand in time, and whether they are sound.

    byte 0       magic: an entry of Fieldmark
    byte 1       version
    byte 2       flags: 1 there is a body · 2 it was stale when it was kept
    byte 3       0
    bytes 4-11   read from the store at, Unix seconds, float64
    bytes 12-19  good until, likewise; then it is asked for anew
    bytes 20-23  CRC-32 of the key and all other bytes
    bytes 24-    the body

All numbers are little-endian. The checksum covers the key, so that an entry counts under its own
key alone.
"""

import struct
import zlib
from typing import Final, NamedTuple

__all__ = ["MAX_VALUE_BYTES", "Entry", "pack", "unpack"]

MAX_VALUE_BYTES: Final = 1024 * 1024
"""What is larger is neither kept nor believed: a record of 1,500 birds takes 48 KB."""

_MAGIC: Final = 0xFE
_VERSION: Final = 1
_PRESENT: Final = 1
_STALE: Final = 2
_HEAD: Final = struct.Struct("<BBBBdd")
_CRC: Final = struct.Struct("<I")
_BODY_AT: Final = _HEAD.size + _CRC.size


class Entry(NamedTuple):
    """One entry; ``body`` is None where the store holds nothing by that name.

    A tuple, not a dataclass: five are made for every answer from memory.
    """

    body: bytes | None
    read_at_s: float
    until_s: float
    stale: bool = False


def pack(entry: Entry, key: str) -> bytes:
    """Return the value to keep under the key."""
    flags = (entry.body is not None) * _PRESENT | entry.stale * _STALE
    head = _HEAD.pack(_MAGIC, _VERSION, flags, 0, entry.read_at_s, entry.until_s)
    body = entry.body or b""
    return head + _CRC.pack(_checksum(key, head, body)) + body


def unpack(value: bytes, key: str) -> Entry | None:
    """Return the entry, None where the value is damaged, foreign, oversized or of another key."""
    if not _BODY_AT <= len(value) <= MAX_VALUE_BYTES or value[0] != _MAGIC:
        return None
    _, version, flags, _, read_at_s, until_s = _HEAD.unpack_from(value)
    (crc,) = _CRC.unpack_from(value, _HEAD.size)
    body = value[_BODY_AT:]
    if version != _VERSION or crc != _checksum(key, value[: _HEAD.size], body):
        return None
    return Entry(body if flags & _PRESENT else None, read_at_s, until_s, flags & _STALE != 0)


def _checksum(key: str, head: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(head, zlib.crc32(key.encode())))
