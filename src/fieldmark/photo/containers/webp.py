"""WebP files: RIFF chunks.

Source: RFC 9649 (WebP Image Format), sections 2.3 to 2.7.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from fieldmark.errors import PhotoUnreadable
from fieldmark.photo.containers.blocks import MetadataBlocks, Picture

__all__ = ["metadata_blocks", "picture"]

_MAX_CHUNKS: Final = 65_536
_FRAME_HEADER_BYTES: Final = 16
_ALPHA_FLAG: Final = 0x10
_PICTURES: Final = (b"VP8 ", b"VP8L")


class _Chunk(NamedTuple):
    kind: bytes
    payload: int
    end: int


def metadata_blocks(data: bytes) -> MetadataBlocks:
    """Return the first EXIF and XMP chunks."""
    exif: bytes | None = None
    xmp: bytes | None = None
    for kind, payload, end in _chunks(data, 12, len(data)):
        if kind == b"EXIF" and exif is None:
            exif = data[payload:end]
        elif kind == b"XMP " and xmp is None:
            xmp = data[payload:end]
    if exif is not None and exif.startswith(b"Exif\x00"):
        exif = exif[6:]
    return MetadataBlocks(exif, xmp)


def picture(data: bytes) -> Picture:
    """Return the still picture, or the first frame of an animation.

    Raises:
        PhotoUnreadable: there is no whole frame.
    """
    alpha: _Chunk | None = None
    animated = False
    for chunk in _chunks(data, 12, len(data)):
        if chunk.kind == b"ANMF":
            animated = True
            inside = _chunks(data, chunk.payload + _FRAME_HEADER_BYTES, min(chunk.end, len(data)))
            frame = {inner.kind: inner for inner in inside}
            alpha = frame.get(b"ALPH")
            chunk = frame.get(b"VP8 ") or frame.get(b"VP8L") or chunk  # noqa: PLW2901
        if chunk.kind in _PICTURES:
            return _still(data, chunk, alpha, animated=animated)
        if animated:
            break
        alpha = chunk if chunk.kind == b"ALPH" else alpha
    raise PhotoUnreadable("the WebP holds no picture; send the whole file")


def _chunks(data: bytes, at: int, stop: int) -> Iterator[_Chunk]:
    for _ in range(_MAX_CHUNKS):
        if at + 8 > stop:
            return
        kind, size = struct.unpack_from("<4sI", data, at)
        yield _Chunk(kind, at + 8, at + 8 + size)
        at += 8 + size + (size & 1)


def _still(data: bytes, frame: _Chunk, alpha: _Chunk | None, *, animated: bool) -> Picture:
    """Return a file of that one frame."""
    if frame.end > len(data):
        raise PhotoUnreadable("the WebP is cut off; send the whole file")
    payload = data[frame.payload : frame.end]
    width, height = _size(frame.kind, payload)
    body = _chunk(frame.kind, payload)
    if alpha is not None and frame.kind == b"VP8 ":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body = (
            _chunk(b"VP8X", bytes([_ALPHA_FLAG, 0, 0, 0]) + size)
            + _chunk(b"ALPH", data[alpha.payload : alpha.end])
            + body
        )
    stream = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    return Picture(stream, width, height, first_of_many=animated)


def _size(kind: bytes, payload: bytes) -> tuple[int, int]:
    """Return width and height as the bit stream states them (RFC 6386, 9.1; RFC 9649, 3.4)."""
    if kind == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a" and len(payload) >= 10:
        width, height = struct.unpack_from("<HH", payload, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and payload[:1] == b"\x2f" and len(payload) >= 5:
        (bits,) = struct.unpack_from("<I", payload, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise PhotoUnreadable("the WebP's picture has no header; send another copy")


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(payload)) + payload + b"\x00" * (len(payload) & 1)
