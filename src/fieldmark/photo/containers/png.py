"""PNG files: a sequence of chunks.

Source: PNG Specification, Third Edition (W3C 2025), 5.3, 11.3.3, 11.3.4; ExifTool's "Raw profile
type" convention of ImageMagick for EXIF in text chunks; XMP Specification Part 3, 1.1.5.
"""

import binascii
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from fieldmark.errors import PhotoUnreadable
from fieldmark.photo.containers.blocks import MetadataBlocks, Picture

__all__ = ["metadata_blocks", "picture"]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS: Final = 250_000
_MAX_TEXT_BYTES: Final = 1024 * 1024
_RAW_EXIF: Final = (b"Raw profile type exif", b"Raw profile type APP1")
_RAW_XMP: Final = b"Raw profile type xmp"
_XMP_KEYWORD: Final = b"XML:com.adobe.xmp"
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    payload: int
    end: int


def metadata_blocks(data: bytes) -> MetadataBlocks:
    """Return the first EXIF block and XMP packet, from whichever chunk holds them."""
    exif: bytes | None = None
    raw: bytes | None = None
    xmp: bytes | None = None
    for kind, _, payload, end in _chunks(data):
        if kind == b"eXIf" and exif is None:
            exif = data[payload:end]
        elif kind in _TEXTS and data[payload : payload + 1] in (b"R", b"X"):
            keyword = data[payload : payload + 80].partition(b"\x00")[0]
            if keyword in _RAW_EXIF and raw is None:
                raw = _raw_profile(_text(kind, data[payload:end]))
            elif keyword == _XMP_KEYWORD and xmp is None:
                xmp = _text(kind, data[payload:end])
            elif keyword == _RAW_XMP and xmp is None:
                xmp = _raw_profile(_text(kind, data[payload:end]))
    return MetadataBlocks(_tiff(exif if exif is not None else raw), xmp)


def picture(data: bytes) -> Picture:
    """Return the default image: header, palette, transparency and the data in one chunk.

    Raises:
        PhotoUnreadable: a chunk that the picture needs is missing, cut or too large.
    """
    parts = [_SIGNATURE]
    pieces: list[bytes] = []
    animated = ended = False
    size = (0, 0)
    for kind, start, payload, end in _chunks(data):
        if end + 4 > len(data):
            raise PhotoUnreadable("the PNG is cut off; send the whole file")
        if kind == b"IHDR" and end - payload == 13:
            size = struct.unpack_from(">II", data, payload)
        if kind == b"IDAT":
            pieces.append(data[payload:end])
        elif kind in (b"IHDR", b"PLTE", b"tRNS") and not pieces:
            parts.append(data[start : end + 4])
        animated = animated or kind == b"acTL"
        ended = kind == b"IEND"
    if not (pieces and ended):
        raise PhotoUnreadable(
            f"the PNG has no end within its first {_MAX_CHUNKS:,} chunks; send the whole file"
        )
    parts.extend((_chunk(b"IDAT", b"".join(pieces)), _chunk(b"IEND", b"")))
    return Picture(b"".join(parts), *size, first_of_many=animated)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks up to and with IEND; one that is cut ends past the data."""
    at = len(_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        yield _Chunk(kind, at, at + 8, at + 8 + size)
        if kind == b"IEND":
            return
        at += 12 + size


def _chunk(kind: bytes, payload: bytes) -> bytes:
    crc = zlib.crc32(payload, zlib.crc32(kind))
    return struct.pack(">I4s", len(payload), kind) + payload + struct.pack(">I", crc)


def _text(kind: bytes, payload: bytes) -> bytes | None:
    """Return the text of a text chunk, inflated up to a bound; None where it is broken."""
    _, _, rest = payload.partition(b"\x00")
    if kind == b"tEXt":
        return rest[:_MAX_TEXT_BYTES]
    if kind == b"zTXt":
        return _inflated(rest[1:])
    compressed, texts = rest[:1] == b"\x01", rest[2:].split(b"\x00", 2)
    if len(texts) < 3:
        return None
    return _inflated(texts[2]) if compressed else texts[2][:_MAX_TEXT_BYTES]


def _inflated(payload: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(payload, _MAX_TEXT_BYTES)
    except zlib.error:
        return None


def _raw_profile(text: bytes | None) -> bytes | None:
    """Return the bytes of an ImageMagick raw profile: a name, a length, then lines of hex."""
    lines = (text or b"").split(None, 2)
    if len(lines) < 3:
        return None
    try:
        return binascii.unhexlify(b"".join(lines[2].split()))
    except binascii.Error:
        return None


def _tiff(block: bytes | None) -> bytes | None:
    """Return the block from its TIFF header on."""
    return block[6:] if block is not None and block.startswith(b"Exif\x00") else block
