"""TIFF structures: the directories of EXIF blocks and of TIFF files, read within bounds.

Nothing here follows a chain or recurses: a caller asks for one directory at one offset.
Source: TIFF Revision 6.0, section 2; Exif 3.0 (CIPA DC-008), 4.6.
"""

import struct
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from fieldmark.errors import PhotoTypeUnsupported, PhotoUnreadable
from fieldmark.photo.containers.blocks import MetadataBlocks, Picture

__all__ = ["Directory", "Field", "Tiff", "metadata_blocks", "picture"]

_MAX_ENTRIES: Final = 1_000
_MAX_VALUES: Final = 16
_XMP_TAG: Final = 700
_MAX_XMP_BYTES: Final = 1024 * 1024

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_CODES: Final = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_RATIONALS: Final = {5: "I", 10: "i"}
_TEXTS: Final = frozenset({1, 2, 7})

_NEEDED: Final = frozenset(
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 332}
) | {338, 339, 347, 530}
"""The fields that describe the pixels: layout, compression, colours, strips and tiles."""
_SINGLE: Final = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323, 332})
_WIDTH, _HEIGHT, _COMPRESSION, _SUBFILE = 256, 257, 259, 254
_COMPRESSIONS: Final = frozenset({1, 5, 7, 8, 32773, 32946})
"""None, LZW, JPEG, Deflate, PackBits, old Deflate."""

Number = Fraction | float | None
"""A stored number; None is a rational over zero."""


class Field(NamedTuple):
    """One entry of a directory: its type, how many values it claims, where they and it lie."""

    kind: int
    values: int
    offset: int
    entry: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries of one image file directory, by tag, and where the next one lies."""

    tiff: "Tiff"
    fields: Mapping[int, Field]
    following: int = 0

    def numbers(self, tag: int) -> tuple[Number, ...]:
        """Return a field's numbers; none where it is absent, text or past the end."""
        found = self.fields.get(tag)
        return () if found is None else tuple(self.tiff.numbers(found))

    def integer(self, tag: int) -> int | None:
        """Return the first value of a field as a whole number."""
        values = self.numbers(tag)
        value = values[0] if values else None
        return int(value) if isinstance(value, Fraction) and value.denominator == 1 else None

    def text(self, tag: int) -> str | None:
        """Return a field of text without padding; None where it is absent or no text."""
        found = self.fields.get(tag)
        return None if found is None else self.tiff.text(found)


class Tiff:
    """A block of bytes with a TIFF header.

    Raises:
        ValueError: there is no TIFF header.
    """

    __slots__ = ("_data", "_endian", "_order", "first")

    def __init__(self, data: bytes) -> None:
        if data[:4] not in (b"II*\x00", b"MM\x00*") or len(data) < 8:
            raise ValueError("there is no TIFF header")
        self._data = data
        little = data[:2] == b"II"
        self._endian: Literal["little", "big"] = "little" if little else "big"
        self._order = "<" if little else ">"
        (self.first,) = struct.unpack_from(self._order + "I", data, 4)

    def directory(self, offset: int) -> Directory | None:
        """Return the directory at an offset, or None where none fits there."""
        if not 8 <= offset <= len(self._data) - 2:
            return None
        (count,) = struct.unpack_from(self._order + "H", self._data, offset)
        end = offset + 2 + 12 * count
        if count > _MAX_ENTRIES or end > len(self._data):
            return None
        fields: dict[int, Field] = {}
        for at in range(offset + 2, end, 12):
            tag, kind, values = struct.unpack_from(self._order + "HHI", self._data, at)
            fields.setdefault(tag, Field(kind, values, self._place(kind, values, at + 8), at))
        following = int.from_bytes(self._data[end : end + 4], self._endian)
        return Directory(self, fields, following)

    def holds(self, field: Field) -> bool:
        """Tell whether all values of the field lie within the data."""
        size = _SIZES.get(field.kind, 0) * field.values
        return size > 0 and field.offset + size <= len(self._data)

    def with_only(self, directory: Directory, tags: AbstractSet[int]) -> bytes:
        """Return the data with a new first and last directory of just those fields."""
        kept = [
            self._data[f.entry : f.entry + 12]
            for t, f in sorted(directory.fields.items())
            if t in tags
        ]
        at = len(self._data) + len(self._data) % 2
        head = self._data[:4] + struct.pack(self._order + "I", at)
        padding = b"\x00" * (at - len(self._data))
        count = struct.pack(self._order + "H", len(kept))
        return b"".join((head, self._data[8:], padding, count, *kept, bytes(4)))

    def _place(self, kind: int, count: int, inline: int) -> int:
        if _SIZES.get(kind, 1) * count <= 4:
            return inline
        place: int = struct.unpack_from(self._order + "I", self._data, inline)[0]
        return place

    def numbers(self, field: Field) -> Iterator[Number]:
        """Yield the field's first values as numbers, as far as they lie within the data."""
        size = _SIZES.get(field.kind, 0)
        if not size or field.offset + size * field.values > len(self._data):
            return
        count = min(field.values, _MAX_VALUES)
        if field.kind in _RATIONALS:
            code = f"{self._order}{2 * count}{_RATIONALS[field.kind]}"
            parts = struct.unpack_from(code, self._data, field.offset)
            for above, below in zip(parts[::2], parts[1::2], strict=True):
                yield Fraction(above, below) if below else None
        elif field.kind in _CODES:
            code = f"{self._order}{count}{_CODES[field.kind]}"
            for value in struct.unpack_from(code, self._data, field.offset):
                yield Fraction(value) if isinstance(value, int) else value

    def raw(self, field: Field, limit: int) -> bytes | None:
        """Return the bytes of a field, or None where they are too many or past the end."""
        size = _SIZES.get(field.kind, 0) * field.values
        if not 0 < size <= limit or field.offset + size > len(self._data):
            return None
        return self._data[field.offset : field.offset + size]

    def text(self, field: Field) -> str | None:
        """Return the field's text, at most 64 bytes of it, up to its padding."""
        if field.kind not in _TEXTS or field.offset + field.values > len(self._data):
            return None
        raw = self._data[field.offset : field.offset + min(field.values, 64)]
        return raw.decode("utf-8", "replace").replace("\x00", "").strip()


def metadata_blocks(data: bytes) -> MetadataBlocks:
    """Return the file itself as the EXIF block, and the XMP packet of its first directory."""
    xmp: bytes | None = None
    tiff = Tiff(data) if len(data) >= 8 else None
    first = tiff.directory(tiff.first) if tiff else None
    if tiff and first and _XMP_TAG in first.fields:
        xmp = tiff.raw(first.fields[_XMP_TAG], _MAX_XMP_BYTES)
    return MetadataBlocks(data, xmp)


def picture(data: bytes) -> Picture:
    """Return the first page with the fields that describe its pixels and no others.

    Raises:
        PhotoTypeUnsupported: it is a raw camera file: its first page is a small preview.
        PhotoUnreadable: the first directory is missing, cut or describes nothing readable.
    """
    tiff = Tiff(data) if len(data) >= 8 else None
    first = tiff.directory(tiff.first) if tiff else None
    if tiff is None or first is None:
        raise PhotoUnreadable("the TIFF has no directory; send the whole file")
    if (first.integer(_SUBFILE) or 0) & 1:
        raise PhotoTypeUnsupported("a raw camera file is not read; export it as JPEG")
    compression = first.integer(_COMPRESSION) or 1
    if compression not in _COMPRESSIONS:
        raise PhotoUnreadable(f"TIFF compression {compression} is not read; save it with LZW")
    for tag in sorted(_NEEDED & first.fields.keys()):
        if not tiff.holds(first.fields[tag]) or (tag in _SINGLE and first.fields[tag].values != 1):
            raise PhotoUnreadable(f"the TIFF's field {tag} is broken or cut off")
    width, height = first.integer(_WIDTH) or 0, first.integer(_HEIGHT) or 0
    return Picture(tiff.with_only(first, _NEEDED), width, height, first.following != 0)
