"""What kind of photo some bytes are, by their content alone; names and extensions lie."""

from typing import Final, Literal

from fieldmark.errors import PhotoTypeUnsupported, PhotoUnreadable

__all__ = ["PhotoFormat", "sniff"]

PhotoFormat = Literal["jpeg", "png", "webp", "heic", "avif", "tiff", "gif", "bmp"]

_PREFIXES: Final[tuple[tuple[bytes, PhotoFormat], ...]] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_BMP_HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
_MAX_BRANDS: Final = 64

_STRANGERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xffO\xffQ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"8BPS", "a Photoshop document"),
    (b"FUJIFILMCCD-RAW", "a raw camera file"),
    (b"<", "a text document"),
    (b"\xef\xbb\xbf<", "a text document"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file that it points to"),
)
_ACCEPTED: Final = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP"


def sniff(data: bytes) -> PhotoFormat:
    """Return the format that the first bytes announce.

    Raises:
        PhotoTypeUnsupported: the bytes announce nothing on the allow-list.
        PhotoUnreadable: there are no bytes.
    """
    if not data:
        raise PhotoUnreadable("the photo is empty (0 bytes); send the picture itself")
    found = format_of(data)
    if found is None:
        raise PhotoTypeUnsupported(f"{_description(data)} is no photo; send {_ACCEPTED}")
    return found


def format_of(data: bytes) -> PhotoFormat | None:
    """Return the format that the first bytes announce, or None."""
    for prefix, name in _PREFIXES:
        if data.startswith(prefix):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _isobmff_format(data)
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    return None


def _isobmff_format(data: bytes) -> PhotoFormat | None:
    """Return the format by the brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    size = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS, len(data))
    major = data[8:12]
    brands = {data[at : at + 4] for at in range(16, size - 3, 4)} | {major}
    if major in _AVIF_BRANDS or (brands & _AVIF_BRANDS and major not in _HEIC_BRANDS):
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


def _description(data: bytes) -> str:
    """Return what the bytes seem to be, for the person who sent them."""
    for prefix, words in _STRANGERS:
        if data.startswith(prefix):
            return words
    if data[4:8] == b"ftyp":
        return f"an ISO media file of brand {data[8:12].decode('ascii', 'replace')!r}"
    return f"a file that begins with the bytes {data[:8].hex(' ')}"
