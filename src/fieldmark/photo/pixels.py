"""Photo to views: what a model looks at, from untrusted bytes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.note import Note
from fieldmark.photo.colour import rgb
from fieldmark.photo.decode import Decoded, decoded
from fieldmark.photo.framing import Box, shorter_side, stored_box, swaps_sides, view_box
from fieldmark.photo.limits import PhotoLimits
from fieldmark.photo.sniff import PhotoFormat, sniff
from fieldmark.photo.views import ViewSpec

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PhotoLimits", "PhotoPixels", "read_pixels", "upright"]

_REDUCING_GAP: Final = 3.0
"""Above three times the filter's reach, whole pixels are averaged first: no change to be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPixels:
    """The views of one photo: float32 ``[n, 3, size, size]``, in the order of the spec.

    ``width`` and ``height`` are the pixels of the upright original.
    """

    views: NDArray[np.float32]
    width: int
    height: int
    format: PhotoFormat
    notes: tuple[Note, ...] = ()


def read_pixels(
    data: bytes, spec: ViewSpec, orientation: int = 1, limits: PhotoLimits | None = None
) -> PhotoPixels:
    """Return the views of a photo, decoded once and no larger than they need.

    Args:
        data: a whole file.
        spec: what the model wants to see.
        orientation: EXIF's, 1 to 8, as ``read_metadata`` gives it for the same bytes.
        limits: the default ones where None.
    Raises:
        PhotoTooLarge: a limit is passed; nothing was decoded.
        PhotoTypeUnsupported: the bytes are of no type on the allow-list.
        PhotoUnreadable: the file is broken or too little of it is there.
    """
    limits = limits or PhotoLimits()
    limits.check_bytes(len(data))
    found = sniff(data)
    with decoded(data, found, limits, lambda width, height: _scale(spec, width, height)) as picture:
        turned = picture.turned if picture.turned != 1 else orientation
        width, height = picture.width, picture.height
        if swaps_sides(turned):
            width, height = height, width
        views = np.empty((len(spec.views), 3, spec.size, spec.size), dtype=np.float32)
        for view, kind in zip(views, spec.views, strict=True):
            box = stored_box(view_box(kind, width, height, spec.crop), width, height, turned)
            _normalise(rgb(upright(_cut_out(picture, box, spec), turned)), spec, view)
    return PhotoPixels(views, width, height, found, picture.notes)


def _scale(spec: ViewSpec, width: int, height: int) -> float:
    """Return how many times smaller a picture may be decoded (framing is the same turned)."""
    return shorter_side(spec, width, height) / (spec.min_scale * spec.size)


def _cut_out(picture: Decoded, box: Box, spec: ViewSpec) -> "Image":
    """Return the part of the picture in the size of a view."""
    from PIL.Image import Resampling  # noqa: PLC0415  Pillow loads with the first photo

    image = picture.image
    left, top, right, bottom = box.scaled(picture.scale)
    return image.resize(
        (spec.size, spec.size),
        Resampling[spec.resample.upper()],
        (left, top, min(right, image.width), min(bottom, image.height)),
        _REDUCING_GAP,
    )


def upright(image: "Image", orientation: int) -> "Image":
    """Return the picture turned as EXIF's orientation asks."""
    from PIL.Image import Transpose  # noqa: PLC0415  Pillow loads with the first photo

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def _normalise(pixels: NDArray[np.uint8], spec: ViewSpec, view: NDArray[np.float32]) -> None:
    """Write ``(pixels - mean) / std`` into the view, channels first."""
    mean = np.array(spec.mean, dtype=np.float32)[:, None, None]
    std = np.array(spec.std, dtype=np.float32)[:, None, None]
    np.subtract(pixels.transpose(2, 0, 1), mean, out=view)
    np.divide(view, std, out=view)
