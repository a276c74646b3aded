"""HEIC and AVIF files: boxes, and items that the meta box lists.

Source: ISO/IEC 14496-12, 8.11 (meta, iinf, iloc, idat); ISO/IEC 23008-12, A.2.1 (Exif items).
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from fieldmark.photo.containers.blocks import MetadataBlocks

__all__ = ["metadata_blocks", "without_metadata"]

_MAX_BOXES: Final = 4_096
_MAX_ITEMS: Final = 4_096
_MAX_EXTENTS: Final = 64
_MAX_ITEM_BYTES: Final = 1024 * 1024
_XMP_TYPE: Final = b"application/rdf+xml"
_DESCRIBES, _NOTHING = b"cdsc", b"skip"


class _Box(NamedTuple):
    kind: bytes
    payload: int
    end: int


class _Item(NamedTuple):
    """An entry of ``iinf``."""

    id: int
    type: bytes
    content_type: bytes


class _Place(NamedTuple):
    """An entry of ``iloc``: method 0 counts from the file's start, 1 from that of ``idat``."""

    method: int
    extents: tuple[tuple[int, int], ...]


def metadata_blocks(data: bytes) -> MetadataBlocks:
    """Return the first Exif item and the first XMP item.

    HEIC and AVIF turn the picture by properties of their own; a decoder applies those and the
    EXIF orientation must not turn it again (ISO/IEC 23008-12, 6.5.10; MIAF, 7.3.6.7).
    """
    try:
        meta = _meta(data)
        exif = next((item for item in _items(data, meta) if item.type == b"Exif"), None)
        xmp = next((item for item in _items(data, meta) if item.content_type == _XMP_TYPE), None)
        places = _places(data, meta) if exif or xmp else {}
        exif_block = _tiff(_content(data, meta, places, exif)) if exif else None
        xmp_block = _content(data, meta, places, xmp) if xmp else None
    except (struct.error, IndexError):
        return MetadataBlocks(orientable=False, broken="it is cut off")
    missing = (exif and exif_block is None) or (xmp and xmp_block is None)
    broken = "it points past the end of the file" if missing else None
    return MetadataBlocks(exif_block, xmp_block, orientable=False, broken=broken)


def without_metadata(data: bytes) -> bytes:
    """Return the file with no item describing another, so that no decoder asks for metadata.

    The reference type is renamed wherever it stands outside of coded pixels: pi_heif 1.4 crashes
    the process on a file whose Exif item lies past the end.
    """
    parts: list[bytes] = []
    at = 0
    for box in _boxes(data, 0, len(data)):
        if box.kind == b"mdat":
            parts.append(data[at : box.payload].replace(_DESCRIBES, _NOTHING))
            parts.append(data[box.payload : box.end])
            at = box.end
    parts.append(data[at:].replace(_DESCRIBES, _NOTHING))
    return b"".join(parts)


def _boxes(data: bytes, at: int, stop: int) -> Iterator[_Box]:
    for _ in range(_MAX_BOXES):
        if at + 8 > stop:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1 and at + 16 <= stop:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        end = stop if size == 0 else at + size
        if end < at + header:
            return
        yield _Box(kind, at + header, min(end, stop))
        at = end


def _meta(data: bytes) -> Mapping[bytes, _Box]:
    """Return the boxes within the meta box, the first of each kind."""
    found: dict[bytes, _Box] = {}
    meta = next((box for box in _boxes(data, 0, len(data)) if box.kind == b"meta"), None)
    if meta is not None:
        for box in _boxes(data, meta.payload + 4, meta.end):
            found.setdefault(box.kind, box)
    return found


def _items(data: bytes, meta: Mapping[bytes, _Box]) -> Iterator[_Item]:
    """Yield the items that ``iinf`` lists."""
    box = meta.get(b"iinf")
    if box is None:
        return
    start = box.payload + (6 if data[box.payload] == 0 else 8)
    for number, entry in enumerate(_boxes(data, start, box.end)):
        version = data[entry.payload] if entry.payload < entry.end else 0
        if entry.kind != b"infe" or version < 2 or number >= _MAX_ITEMS:
            continue
        wide = version > 2
        (item_id,) = struct.unpack_from(">I" if wide else ">H", data, entry.payload + 4)
        type_at = entry.payload + (10 if wide else 8)
        texts = data[type_at + 4 : entry.end].split(b"\x00", 2)
        content_type = texts[1] if len(texts) > 1 else b""
        yield _Item(item_id, data[type_at : type_at + 4], content_type)


class _Sizes(NamedTuple):
    """The widths in bytes of the numbers in ``iloc``."""

    offset: int
    length: int
    base: int
    unused: int


def _places(data: bytes, meta: Mapping[bytes, _Box]) -> Mapping[int, _Place]:
    """Return where each item lies."""
    box = meta.get(b"iloc")
    if box is None:
        return {}
    version = data[box.payload]
    widths, more = data[box.payload + 4], data[box.payload + 5]
    index = more & 15 if version in (1, 2) else 0
    sizes = _Sizes(widths >> 4, widths & 15, more >> 4, index)
    at = box.payload + 6
    count, at = _number(data, at, 4 if version == 2 else 2)
    places: dict[int, _Place] = {}
    for _ in range(min(count, _MAX_ITEMS)):
        item_id, at = _number(data, at, 4 if version == 2 else 2)
        method, at = _number(data, at, 2) if version in (1, 2) else (0, at)
        place, at = _place(data, at + 2, sizes, method & 15)
        places.setdefault(item_id, place)
    return places


def _place(data: bytes, at: int, sizes: _Sizes, method: int) -> tuple[_Place, int]:
    base, at = _number(data, at, sizes.base)
    count, at = _number(data, at, 2)
    extents: list[tuple[int, int]] = []
    step = sizes.unused + sizes.offset + sizes.length
    for first in range(at, at + step * min(count, _MAX_EXTENTS), step or 1):
        offset, then = _number(data, first + sizes.unused, sizes.offset)
        length, _ = _number(data, then, sizes.length)
        extents.append((base + offset, length))
    return _Place(method, tuple(extents)), at + step * count


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    if at + size > len(data):
        raise struct.error("past the end")
    return int.from_bytes(data[at : at + size], "big"), at + size


def _content(
    data: bytes, meta: Mapping[bytes, _Box], places: Mapping[int, _Place], item: _Item
) -> bytes | None:
    """Return the bytes of an item, or None where they do not lie within the file."""
    place = places.get(item.id)
    idat = meta.get(b"idat")
    if place is None or (place.method == 1 and idat is None) or place.method > 1:
        return None
    start, stop = (idat.payload, idat.end) if place.method and idat else (0, len(data))
    parts = []
    for offset, length in place.extents:
        first = start + offset
        last = first + length if length else stop
        if last > stop or last - first > _MAX_ITEM_BYTES:
            return None
        parts.append(data[first:last])
    return b"".join(parts) or None


def _tiff(item: bytes | None) -> bytes | None:
    r"""Return an Exif item from its TIFF header on.

    The item begins with the distance from its fifth byte to that header; phones write 0 or 6
    there, with and without ``Exif\0\0``, so the header itself is looked for too.
    """
    if item is None or len(item) < 12:
        return None
    stated = 4 + int.from_bytes(item[:4], "big")
    for at in (stated, 4, 10, 0):
        if item[at : at + 4] in (b"II*\x00", b"MM\x00*"):
            return item[at:]
    return None
