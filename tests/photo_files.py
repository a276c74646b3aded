"""Builders of photo files, byte by byte: EXIF blocks, XMP packets, the containers around them."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from PIL import Image

__all__ = [
    "Gps",
    "exif_block",
    "gps_fields",
    "heif",
    "jpeg_with",
    "photo",
    "picture",
    "png_chunk",
    "png_with",
    "webp_with",
    "xmp_packet",
]

Order = Literal["<", ">"]
Value = (
    bytes | str | int | Fraction | Sequence[int] | Sequence[Fraction] | Sequence[tuple[int, int]]
)
Gps = Mapping[int, Value]


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a picture whose corners differ: red grows to the right, green downwards."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    blue = Image.new("L", (width, height), 60)
    return Image.merge("RGB", (across, down, blue)).convert(mode)


def photo(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Return the picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif_block(
    main: Mapping[int, Value] | None = None,
    exif: Mapping[int, Value] | None = None,
    gps: Gps | None = None,
    order: Order = "<",
) -> bytes:
    """Return a TIFF structure of up to three directories, the pointers filled in."""
    first = dict(main or {})
    for tag, directory in ((0x8769, exif), (0x8825, gps)):
        if directory is not None:
            first[tag] = 0
    size = 8 + _directory_bytes(first)
    pointers: dict[int, int] = {}
    tail = b""
    for tag, directory in ((0x8769, exif), (0x8825, gps)):
        if directory is not None:
            pointers[tag] = size + len(tail)
            tail += _directory(directory, size + len(tail), order)
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 8)
    return head + _directory({**first, **pointers}, 8, order) + tail


def gps_fields(latitude: float, longitude: float) -> dict[int, Value]:
    """Return the four fields of a position: degrees, minutes, and seconds in millionths."""
    return {
        1: "S" if latitude < 0 else "N",
        2: _sexagesimal(latitude),
        3: "W" if longitude < 0 else "E",
        4: _sexagesimal(longitude),
    }


def xmp_packet(**properties: str) -> bytes:
    """Return a packet with the properties of the EXIF schema as attributes."""
    attributes = " ".join(f'exif:{name}="{value}"' for name, value in properties.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        f' xmlns:exif="http://ns.adobe.com/exif/1.0/" {attributes}/></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def jpeg_with(exif: bytes | None = None, xmp: bytes | None = None, base: bytes = b"") -> bytes:
    """Return a JPEG with the blocks in segments before its own."""
    base = base or photo(picture())
    segments = b""
    if exif is not None:
        segments += jpeg_segment(0xE1, b"Exif\x00\x00" + exif)
    if xmp is not None:
        segments += jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + xmp)
    return base[:2] + segments + base[2:]


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """Return a marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def png_with(chunks: bytes, base: bytes = b"") -> bytes:
    """Return a PNG with chunks after its header."""
    base = base or photo(picture(), "PNG")
    return base[:33] + chunks + base[33:]


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a chunk with its checksum."""
    crc = zlib.crc32(kind + payload)
    return struct.pack(">I4s", len(payload), kind) + payload + struct.pack(">I", crc)


def webp_with(exif: bytes | None = None, xmp: bytes | None = None) -> bytes:
    """Return a WebP with the blocks in chunks after its picture."""
    base = photo(picture(), "WEBP")
    body = base[12:]
    for kind, block in ((b"EXIF", exif), (b"XMP ", xmp)):
        if block is not None:
            body += struct.pack("<4sI", kind, len(block)) + block + b"\x00" * (len(block) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def heif(exif: bytes | None = None, xmp: bytes | None = None, *, in_idat: bool = False) -> bytes:
    """Return the boxes of a HEIC without a picture: its items lie in ``mdat`` or in ``idat``."""
    items = [(b"Exif\x00", exif), (b"mime\x00application/rdf+xml\x00", xmp)]
    present = [(kind, block) for kind, block in items if block is not None]
    content = b"".join(block for _, block in present)
    entries = b"".join(
        _box(b"infe", b"\x02\x00\x00\x00" + struct.pack(">HH", number, 0) + kind)
        for number, (kind, _) in enumerate(present, 1)
    )
    iinf = _box(b"iinf", bytes(4) + struct.pack(">H", len(present)) + entries)
    ftyp = _box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    idat = _box(b"idat", content) if in_idat else b""

    def meta(start: int) -> bytes:
        places = b""
        for number, (_, block) in enumerate(present, 1):
            places += struct.pack(">HHHHII", number, int(in_idat), 0, 1, start, len(block))
            start += len(block)
        iloc = _box(b"iloc", b"\x01\x00\x00\x00\x44\x00" + struct.pack(">H", len(present)) + places)
        return _box(b"meta", bytes(4) + iinf + iloc + idat)

    start = 0 if in_idat else len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + (b"" if in_idat else _box(b"mdat", content))


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def _sexagesimal(degrees: float) -> tuple[Fraction, Fraction, Fraction]:
    whole, rest = divmod(abs(Fraction(degrees)), 1)
    minutes, rest = divmod(rest * 60, 1)
    return Fraction(whole), Fraction(minutes), (rest * 60).limit_denominator(1_000_000)


def _directory_bytes(fields: Mapping[int, Value]) -> int:
    sizes = [len(_packed(value, "<")[2]) for value in fields.values()]
    return 2 + 12 * len(fields) + 4 + sum(size for size in sizes if size > 4)


def _directory(fields: Mapping[int, Value], offset: int, order: Order) -> bytes:
    at = offset + 2 + 12 * len(fields) + 4
    entries, values = b"", b""
    for tag, value in sorted(fields.items()):
        kind, count, raw = _packed(value, order)
        entries += struct.pack(order + "HHI", tag, kind, count)
        if len(raw) <= 4:
            entries += raw.ljust(4, b"\x00")
        else:
            entries += struct.pack(order + "I", at + len(values))
            values += raw
    return struct.pack(order + "H", len(fields)) + entries + bytes(4) + values


def _packed(value: Value, order: Order) -> tuple[int, int, bytes]:
    """Return type, count and bytes of a field: text, one long, or rationals."""
    if isinstance(value, bytes):
        return 7, len(value), value
    if isinstance(value, str):
        raw = value.encode() + b"\x00"
        return 2, len(raw), raw
    if isinstance(value, int):
        return 4, 1, struct.pack(order + "I", value)
    pairs = [_pair(part) for part in ((value,) if isinstance(value, Fraction) else value)]
    signed = any(above < 0 for above, _ in pairs)
    flat = [number for pair in pairs for number in pair]
    code = f"{order}{len(flat)}{'i' if signed else 'I'}"
    return 10 if signed else 5, len(pairs), struct.pack(code, *flat)


def _pair(part: int | Fraction | tuple[int, int]) -> tuple[int, int]:
    return part if isinstance(part, tuple) else (part.numerator, part.denominator)
