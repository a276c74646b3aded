"""Colour: pictures of any Pillow mode become 8-bit red, green and blue on white."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["bytes_per_pixel", "resizable", "rgb"]

_BYTES_PER_PIXEL: Final = {
    "1": 2, "L": 2, "I;16": 6, "P": 6, "RGB": 5, "CMYK": 5, "LAB": 5, "I": 5, "F": 5,
}  # fmt: skip
_WORST_BYTES_PER_PIXEL: Final = 12
"""Measured, peak above the file itself; the worst are those with transparency."""

_ALPHA: Final = frozenset({"LA", "La", "RGBA", "RGBa"})
_WIDE: Final = frozenset({"I", "F"})
_FULL_SCALES: Final = (1.0, 255.0, 65_535.0)
_TINY: Final = 1e-30
_BAND_ROWS: Final = 256


def bytes_per_pixel(image: "Image") -> int:
    """Return what Pillow takes for a whole picture, with the copies that averaging it makes."""
    if "transparency" in image.info:
        return _WORST_BYTES_PER_PIXEL
    return _BYTES_PER_PIXEL.get(image.mode, _WORST_BYTES_PER_PIXEL)


def resizable(image: "Image") -> "Image":
    """Return the picture in a mode whose pixels can be averaged: no palette, no single bits."""
    transparent = "transparency" in image.info and image.mode in ("P", "L", "RGB")
    if transparent or image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    return image.convert("I") if image.mode.startswith("I;16") else image


def rgb(image: "Image") -> NDArray[np.uint8]:
    """Return ``[H, W, 3]`` of a picture; what is transparent shows white, as on a page."""
    if image.mode in _WIDE:
        grey = _eight_bits(np.asarray(image, dtype=np.float32))
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in _ALPHA:
        return _on_white(np.asarray(image.convert("RGBA")))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), dtype=np.uint8)


def _eight_bits(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return grey levels as 0-255; the range of wide ones is told from the levels themselves."""
    grey = np.nan_to_num(grey, posinf=0.0, neginf=0.0)
    low, high = float(grey.min()), float(grey.max())
    if low >= 0.0:
        low, high = 0.0, next((full for full in _FULL_SCALES if high <= full), high)
    eight = np.rint((grey - low) * (255.0 / max(high - low, _TINY))).clip(0, 255)
    return np.asarray(eight, dtype=np.uint8)


def _on_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    mixed = np.empty((*rgba.shape[:2], 3), dtype=np.uint8)
    for top in range(0, len(rgba), _BAND_ROWS):  # as floats the whole would take 20 times as much
        band = rgba[top : top + _BAND_ROWS].astype(np.float32)
        opacity = band[:, :, 3:] / 255.0
        mixed[top : top + _BAND_ROWS] = np.rint(band[:, :, :3] * opacity + 255.0 * (1.0 - opacity))
    return mixed
