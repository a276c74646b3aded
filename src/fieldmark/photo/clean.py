"""A copy of a photo that says nothing but what is seen."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from fieldmark.photo.colour import rgb
from fieldmark.photo.decode import Decoded, decoded
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.framing import Box
from fieldmark.photo.limits import PhotoLimits
from fieldmark.photo.pixels import upright
from fieldmark.photo.sniff import sniff

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["clean_copy"]

_QUALITY: Final = 90
_REDUCING_GAP: Final = 3.0
"""As for the views: above three times the filter's reach, whole pixels are averaged first."""


def clean_copy(data: bytes, limits: PhotoLimits, longest_px: int = 2048) -> bytes:
    """Return a JPEG of the upright photo without any metadata.

    Its pixels are encoded anew; nothing else of the file is carried over.

    Args:
        data: a whole file.
        limits: checked before anything is decoded.
        longest_px: the longer side of the copy at most; a smaller photo keeps its size.
    Raises:
        PhotoTooLarge: a limit is passed; nothing was decoded.
        PhotoTypeUnsupported: the bytes are of no type on the allow-list.
        PhotoUnreadable: the file is broken or too little of it is there.
    """
    from PIL import Image  # noqa: PLC0415  Pillow loads with the first photo

    limits.check_bytes(len(data))
    found = sniff(data)
    orientation = read_metadata(data).orientation
    with decoded(data, found, limits, lambda *size: _scale(size, longest_px)) as picture:
        turned = picture.turned if picture.turned != 1 else orientation
        pixels = rgb(upright(_reduced(picture, longest_px), turned))
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _scale(size: tuple[int, int], longest_px: int) -> float:
    """Return how many times smaller a picture may be decoded; a slim one keeps a row or more."""
    return min(max(size) / longest_px, *size)


def _reduced(picture: Decoded, longest_px: int) -> "Image":
    from PIL.Image import Resampling  # noqa: PLC0415  Pillow loads with the first photo

    image, width, height = picture.image, picture.width, picture.height
    share = min(1.0, longest_px / max(width, height))
    size = max(1, round(width * share)), max(1, round(height * share))
    if size == image.size:
        return image
    _, _, right, bottom = Box(0, 0, width, height).scaled(picture.scale)
    box = (0, 0, min(right, image.width), min(bottom, image.height))
    return image.resize(size, Resampling.LANCZOS, box, _REDUCING_GAP)
