"""JPEG files: a sequence of marker segments, then entropy-coded scans.

Source: ITU-T T.81, Annex B; Exif 3.0 (CIPA DC-008), 4.5.4; XMP Specification Part 3, 1.1.3.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from fieldmark.errors import PhotoUnreadable
from fieldmark.photo.containers.blocks import MetadataBlocks, Picture

__all__ = ["JpegPicture", "metadata_blocks", "picture"]

_MAX_SEGMENTS: Final = 65_536
_MAX_SCANS: Final = 100

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_APP0, _APP1, _APP14, _DHT, _DQT, _DRI, _SOS = 0xE0, 0xE1, 0xEE, 0xC4, 0xDB, 0xDD, 0xDA
_SOF: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""The frames that libjpeg decodes: Huffman and arithmetic, sequential and progressive."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_TABLES: Final = frozenset({_DHT, _DQT, _DRI, 0xCC})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a payload: TEM, RST0 to RST7, SOI."""

_EXIF_HEADER: Final = b"Exif\x00"
_XMP_HEADER: Final = b"http://ns.adobe.com/xap/1.0/\x00"


class _Segment(NamedTuple):
    marker: int
    start: int
    payload: int
    end: int


@dataclass(frozen=True, slots=True)
class JpegPicture(Picture):
    """A JPEG without metadata, ended where it is cut off.

    ``scale_free_bytes`` is what libjpeg keeps of the whole picture whatever the scale: all
    coefficients where the scans come one after the other, else nothing.
    ``adobe`` says that an Adobe marker stands in it: its CMYK is inverted. ``detailed`` says that a
    cut file still shows detail all over, which only a progressive one can lack.
    """

    scale_free_bytes: int = 0
    adobe: bool = False
    truncated: bool = False
    progressive: bool = False
    detailed: bool = True


def metadata_blocks(data: bytes) -> MetadataBlocks:
    """Return the first EXIF block and XMP packet before the first scan."""
    exif: bytes | None = None
    xmp: bytes | None = None
    broken: str | None = None
    for marker, _, payload, end in _segments(data):
        if marker != _APP1:
            continue
        new_exif = exif is None and data.startswith(_EXIF_HEADER, payload)
        new_xmp = xmp is None and data.startswith(_XMP_HEADER, payload)
        if (new_exif or new_xmp) and end > len(data):
            broken = "it is cut off"
        elif new_exif:
            exif = data[payload + 6 : end]
        elif new_xmp:
            xmp = data[payload + len(_XMP_HEADER) : end]
    return MetadataBlocks(exif, xmp, broken=broken)


def picture(data: bytes) -> JpegPicture:
    """Return the picture with the segments that decoding needs and no others.

    Raises:
        PhotoUnreadable: there is no scan, or the frame is none that can be decoded.
    """
    kept: list[bytes | memoryview] = [_SOI]
    frame: _Frame | None = None
    adobe = False
    scan: _Segment | None = None
    for segment in _segments(data):
        if segment.end > len(data):
            break
        if segment.marker in _FRAMES:
            frame = frame or _Frame.read(segment.marker, data[segment.payload : segment.end])
        elif segment.marker == _SOS:
            scan = segment
            break
        elif not _needed(data, segment):
            continue
        adobe = adobe or segment.marker == _APP14
        kept.append(data[segment.start : segment.end])
    if frame is None or scan is None:
        raise PhotoUnreadable("the JPEG ends before its picture begins; send the whole file")
    kept.extend((memoryview(data)[scan.start :], _EOI))
    return _assembled(b"".join(kept), data, scan, frame, adobe=adobe)


def _assembled(
    stream: bytes, data: bytes, scan: _Segment, frame: "_Frame", *, adobe: bool
) -> JpegPicture:
    multiscan = frame.progressive or data[scan.payload] < len(frame.sampling)
    truncated = data.rfind(_EOI, scan.end) < 0
    if multiscan and data.count(b"\xff\xda", scan.start) > _MAX_SCANS:
        raise PhotoUnreadable(f"the JPEG has more than {_MAX_SCANS} scans; save it anew")
    return JpegPicture(
        stream=stream,
        width=frame.width,
        height=frame.height,
        scale_free_bytes=frame.coefficient_bytes() if multiscan else 0,
        adobe=adobe,
        truncated=truncated,
        progressive=frame.progressive,
        detailed=not (truncated and multiscan) or _has_detail(data, scan, frame),
    )


def _needed(data: bytes, segment: _Segment) -> bool:
    """Tell whether decoding needs the segment: tables, and the markers that state the colours."""
    return (
        segment.marker in _TABLES
        or (segment.marker == _APP0 and data.startswith(b"JFIF\x00", segment.payload))
        or (segment.marker == _APP14 and data.startswith(b"Adobe", segment.payload))
    )


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments up to the first scan; one that is cut ends past the data."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        at = data.find(b"\xff", at)
        while 0 <= at < len(data) - 1 and data[at + 1] == 0xFF:
            at += 1
        if at < 0 or at + 4 > len(data):
            return
        marker = data[at + 1]
        if marker in _ALONE or marker == 0:
            at += 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xD9 or size < 2:
            return
        yield _Segment(marker, at, at + 4, at + 2 + size)
        if marker == _SOS:
            return
        at += 2 + size


class _Frame(NamedTuple):
    """A frame header (T.81, B.2.2): ``sampling`` holds (horizontal, vertical) by component."""

    width: int
    height: int
    sampling: tuple[tuple[int, int], ...]
    components: bytes
    progressive: bool

    @classmethod
    def read(cls, marker: int, payload: bytes) -> "_Frame":
        if marker not in _SOF:
            raise PhotoUnreadable(f"JPEG frames of type SOF{marker - 0xC0} cannot be decoded")
        if len(payload) < 6 or len(payload) < 6 + 3 * payload[5]:
            raise PhotoUnreadable("the JPEG's frame header is cut")
        bits, height, width, count = struct.unpack_from(">BHHB", payload)
        if bits != 8 or count not in (1, 3, 4):
            raise PhotoUnreadable(
                f"a JPEG of {count} channels of {bits} bits cannot be decoded;"
                " save it with 8 bits and 1, 3 or 4 channels"
            )
        factors = payload[7 : 6 + 3 * count : 3]
        sampling = tuple((factor >> 4, factor & 15) for factor in factors)
        if not all(1 <= h <= 4 and 1 <= v <= 4 for h, v in sampling):
            raise PhotoUnreadable("the JPEG's frame header is broken: impossible sampling")
        return cls(width, height, sampling, payload[6 : 6 + 3 * count : 3], marker in _PROGRESSIVE)

    def coefficient_bytes(self) -> int:
        """Return the size of all coefficients, 2 bytes each."""
        widest = max(h for h, _ in self.sampling)
        tallest = max(v for _, v in self.sampling)
        blocks = sum(
            (-(-self.width * h // (8 * widest)) + h) * (-(-self.height * v // (8 * tallest)) + v)
            for h, v in self.sampling
        )
        return blocks * 64 * 2


def _has_detail(data: bytes, scan: _Segment, frame: _Frame) -> bool:
    """Tell whether a cut JPEG of several scans is progressive and has a whole scan of detail.

    The first scans of a progressive one show a pixel per 8 x 8 block. 0xFFDA cannot stand inside of
    entropy-coded data, where 0xFF is followed by 0x00 or a restart marker.
    """
    if not frame.progressive:
        return False
    at = scan.start
    while at >= 0:
        count = data[at + 4]
        following = data.find(b"\xff\xda", at + 2)
        header = data[at + 5 : at + 6 + 2 * count]
        luminance = bool(header) and header[0] == frame.components[0]
        if following < 0 or following + 5 > len(data):
            return False
        if luminance and header[-1] > 0:
            return True
        at = following
    return False
