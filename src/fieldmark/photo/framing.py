"""Framing: which box of a stored picture becomes which upright view."""

from typing import Final, NamedTuple

from fieldmark.photo.views import ViewKind, ViewSpec

__all__ = ["Box", "shorter_side", "stored_box", "swaps_sides", "view_box"]

_SWAPPING: Final = 5
"""From this EXIF orientation on, the stored rows are upright columns."""


class Box(NamedTuple):
    """A rectangle in pixels, as fractions of pixels where they fall so."""

    left: float
    top: float
    right: float
    bottom: float

    def scaled(self, scale: float) -> "Box":
        """Return the same part of the picture at another scale."""
        return Box(self.left * scale, self.top * scale, self.right * scale, self.bottom * scale)


def swaps_sides(orientation: int) -> bool:
    """Tell whether the upright photo is as wide as the stored one is high."""
    return orientation >= _SWAPPING


def view_box(kind: ViewKind, width: int, height: int, crop: float) -> Box:
    """Return the box of a view in an upright photo of that size."""
    if kind == "full":
        return Box(0, 0, width, height)
    side = min(width, height) * (crop if kind == "centre" else 1.0)
    share = {"left": 0.0, "right": 1.0}.get(kind, 0.5)
    left = (width - side) * (share if width > height else 0.5)
    top = (height - side) * (share if height >= width else 0.5)
    return Box(left, top, left + side, top + side)


def shorter_side(spec: ViewSpec, width: int, height: int) -> float:
    """Return the shorter side, in pixels, of the smallest view of a photo of that size."""
    boxes = [view_box(kind, width, height, spec.crop) for kind in spec.views]
    return min(min(box.right - box.left, box.bottom - box.top) for box in boxes)


def stored_box(box: Box, width: int, height: int, orientation: int) -> Box:
    """Return where a box of the upright photo lies in the stored one.

    Args:
        box: in the upright photo.
        width: of the upright photo.
        height: of the upright photo.
        orientation: EXIF's, 1 to 8 (Exif 3.0, 4.6.5.1.6).
    """
    left, top, right, bottom = box
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return (
        Box(top, left, bottom, right) if swaps_sides(orientation) else Box(left, top, right, bottom)
    )
