"""The decoders: Pillow and libheif stop here.

A decoder is given a picture's own bytes without metadata, by the one plugin for the sniffed format.
``PIL.Image.open`` is not used: it asks a global limit of its own and warns where we refuse.
"""

import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from fieldmark.domain.note import Note
from fieldmark.errors import PhotoUnreadable
from fieldmark.photo import notes
from fieldmark.photo.colour import bytes_per_pixel, resizable
from fieldmark.photo.containers import bmp, gif, isobmff, jpeg, png, tiff, webp
from fieldmark.photo.containers.blocks import Picture
from fieldmark.photo.limits import PhotoLimits
from fieldmark.photo.sniff import PhotoFormat

if TYPE_CHECKING:
    import pi_heif
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

__all__ = ["Decoded", "decoded"]

_LARGE_BYTES: Final = 64 * 1024 * 1024
_one_large_decode = threading.Lock()

_VENDOR_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow and libheif are seen to raise on broken files."""

_PLUGINS: Final[Mapping[PhotoFormat, str]] = {
    "jpeg": "JpegImagePlugin.JpegImageFile",
    "png": "PngImagePlugin.PngImageFile",
    "webp": "WebPImagePlugin.WebPImageFile",
    "avif": "AvifImagePlugin.AvifImageFile",
    "tiff": "TiffImagePlugin.TiffImageFile",
    "gif": "GifImagePlugin.GifImageFile",
    "bmp": "BmpImagePlugin.BmpImageFile",
}
_PICTURES: Final[Mapping[PhotoFormat, Callable[[bytes], Picture]]] = {
    "png": png.picture,
    "webp": webp.picture,
    "tiff": tiff.picture,
    "gif": gif.picture,
    "bmp": bmp.picture,
}
_WEBP_BYTES_PER_PIXEL: Final = 18
_AVIF_BYTES_PER_PIXEL: Final = 12
_HEIC_PLANES_BYTES: Final = 2
"""Measured by bench/photo_formats.py; HEIC takes its planes beside the bytes of its channels."""

_BAND_ROWS: Final = 256
_MIN_SHARE: Final = 0.75
_SCALES: Final = (8, 4, 2)
_ORIENTATION: Final = 0x0112


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture, perhaps at reduced scale; ``width`` and ``height`` are the original's.

    ``scale`` is the picture's share of the original's width; ``turned`` is the orientation that the
    container itself asks for.
    """

    image: "Image"
    width: int
    height: int
    scale: float = 1.0
    turned: int = 1
    notes: tuple[Note, ...] = ()


@contextmanager
def decoded(
    data: bytes, found: PhotoFormat, limits: PhotoLimits, scale_of: Callable[[int, int], float]
) -> Iterator[Decoded]:
    """Hand out the decoded picture; a large one is decoded while no other large one is.

    Args:
        data: a whole file.
        found: its format.
        limits: checked before anything is decoded.
        scale_of: width and height → how many times smaller the picture may be.
    Raises:
        PhotoTooLarge: a limit is passed.
        PhotoUnreadable: the file is broken.
    """
    if found == "jpeg":
        opener = _jpeg(data, limits, scale_of)
    elif found == "heic":
        opener = _heic(data, limits, scale_of)
    elif found == "avif":
        opener = _avif(data, limits)
    else:
        opener = _whole(data, found, limits)
    with opener as picture:
        yield picture


@contextmanager
def _room(needed: int, limits: PhotoLimits) -> Iterator[None]:
    """Refuse what takes too much memory; let large decodes in one at a time."""
    limits.check_working_bytes(needed)
    if needed <= _LARGE_BYTES:
        yield
    else:
        with _one_large_decode:
            yield


@contextmanager
def _vendor(found: PhotoFormat) -> Iterator[None]:
    """Turn what a decoder raises into an error of ours."""
    try:
        yield
    except _VENDOR_ERRORS as error:
        raise PhotoUnreadable(
            f"the {found.upper()} cannot be decoded ({_first_line(error)}); send another copy"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]


def _open(found: PhotoFormat, stream: bytes) -> "ImageFile":
    """Return the file opened by the plugin of its format, and by no other."""
    module, name = _PLUGINS[found].split(".")
    plugin: Callable[[BytesIO], ImageFile] = getattr(import_module(f"PIL.{module}"), name)
    with _vendor(found):
        return plugin(BytesIO(stream))


def _load(found: PhotoFormat, image: "ImageFile") -> None:
    with _vendor(found):
        image.load()


@contextmanager
def _whole(data: bytes, found: PhotoFormat, limits: PhotoLimits) -> Iterator[Decoded]:
    picture = _PICTURES[found](data)
    width, height = picture.width, picture.height
    limits.check_pixels(width, height)
    if found == "webp":  # its decoder takes the memory when it is opened
        limits.check_working_bytes(width * height * _WEBP_BYTES_PER_PIXEL)
    image = _open(found, picture.stream)
    if image.size != (width, height):
        raise PhotoUnreadable(f"the {found.upper()} states two sizes; send another copy")
    per_pixel = _WEBP_BYTES_PER_PIXEL if found == "webp" else bytes_per_pixel(image)
    with _room(width * height * per_pixel, limits):
        _load(found, image)
        told = (notes.first_of_many(),) if picture.first_of_many else ()
        yield Decoded(resizable(image), width, height, notes=told)


@contextmanager
def _avif(data: bytes, limits: PhotoLimits) -> Iterator[Decoded]:
    image = _open("avif", isobmff.without_metadata(data))
    width, height = image.size
    limits.check_pixels(width, height)
    with _room(width * height * _AVIF_BYTES_PER_PIXEL, limits):
        turned = image.getexif().get(_ORIENTATION, 1)  # Pillow puts irot and imir there
        _load("avif", image)
        yield Decoded(image, width, height, turned=turned)


@contextmanager
def _heic(
    data: bytes, limits: PhotoLimits, scale_of: Callable[[int, int], float]
) -> Iterator[Decoded]:
    import pi_heif  # noqa: PLC0415  heavy, and few photos need it

    with _vendor("heic"):
        file = pi_heif.HeifFile(BytesIO(isobmff.without_metadata(data)))
        width, height = file.size
    limits.check_pixels(width, height)
    with _room(width * height * (_HEIC_PLANES_BYTES + len(file.mode)), limits):
        scale = _scale(scale_of(width, height))
        with _vendor("heic"):
            image = _reduced(file, scale)
        yield Decoded(image, width, height, 1 / scale)


def _reduced(file: "pi_heif.HeifFile", scale: int) -> "Image":
    """Return the picture averaged band by band, so that Pillow never holds it whole."""
    from PIL import Image  # noqa: PLC0415  Pillow loads with the first photo

    data, mode, stride = file.data, file.mode, file.stride
    width, height = file.size
    reduced = Image.new(mode, (-(-width // scale), -(-height // scale)))
    for top in range(0, height, _BAND_ROWS):
        rows = min(_BAND_ROWS, height - top)
        part = data[top * stride : (top + rows) * stride]
        band = Image.frombytes(mode, (width, rows), part, "raw", mode, stride)
        reduced.paste(band.reduce(scale), (0, top // scale))
    return reduced


def _scale(allowed: float) -> int:
    """Return the greatest scale of a JPEG decoder that is not above the allowed one."""
    return next((scale for scale in _SCALES if scale <= allowed), 1)


@contextmanager
def _jpeg(
    data: bytes, limits: PhotoLimits, scale_of: Callable[[int, int], float]
) -> Iterator[Decoded]:
    picture = jpeg.picture(data)
    width, height = picture.width, picture.height
    limits.check_pixels(width, height)
    if not picture.detailed:
        raise PhotoUnreadable("the JPEG is cut off before its details; send the whole file")
    scale = _scale(scale_of(width, height))
    image = _open("jpeg", picture.stream)
    if scale > 1:
        image.draft(None, (width // scale, height // scale))
    if image.mode == "CMYK" and not picture.adobe:  # Pillow inverts all CMYK; only Adobe's is
        image.tile = [image.tile[0]._replace(args=("CMYK", ""))]
    scaled_bytes = image.width * image.height * bytes_per_pixel(image)
    with _room(scaled_bytes + picture.scale_free_bytes, limits):
        _load("jpeg", image)
        yield Decoded(image, width, height, 1 / scale, notes=_cut(picture, image))


def _cut(picture: jpeg.JpegPicture, image: "Image") -> tuple[Note, ...]:
    """Return what to say of a JPEG that is cut off.

    Raises:
        PhotoUnreadable: too little of it is there.
    """
    if not picture.truncated:
        return ()
    share = _share_decoded(image)
    if share < _MIN_SHARE:
        raise PhotoUnreadable(
            f"the JPEG is cut off: {share:.0%} of the picture is there and {_MIN_SHARE:.0%} is"
            " needed; send the whole file"
        )
    return (notes.truncated(None if picture.progressive else share),)


def _share_decoded(image: "Image") -> float:
    """Return the share of rows above the mid-grey that libjpeg leaves where data ends."""
    rows = np.asarray(image).reshape(image.height, -1)
    empty = (np.abs(rows.astype(np.int16) - 128) <= 1).all(axis=1)
    filled = np.flatnonzero(~empty)
    return (int(filled[-1]) + 1) / image.height if filled.size else 0.0
