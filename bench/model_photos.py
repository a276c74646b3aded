"""The photos that models are compared on: bench/data/model_photos.csv, and what is made of them.

``real`` photos and ``cutouts`` come as they are. ``shifted`` and ``far`` are real photos with a
class, within their own blurred edges on one side or all around: the animal is at the edge, or
small.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from machine import ROOT

GROUPS = ("real", "cutouts", "shifted", "far")

_SHARED = ROOT.parent / "shared/data/photos"
_FOLDERS = {"wikimedia": _SHARED / "wikimedia", "world": _SHARED / "gcompris"}


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One test photo; ``accepted`` are the outputs that name its animal, none if there is none."""

    group: str
    data: bytes
    accepted: frozenset[int]


def load(folder: Path) -> list[Photo]:
    """Return the photos of the table that are there; those of absent folders are left out."""
    photos = []
    with (ROOT / "bench/data/model_photos.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            path = _FOLDERS.get(row["set"], folder / row["set"]) / row["file"]
            group = "cutouts" if row["set"] == "cutouts" else "real"
            accepted = frozenset(int(index) for index in row["accepted"].split("|") if index)
            if path.is_file():
                photos.append(Photo(group, path.read_bytes(), accepted))
    return photos


def altered(photos: Sequence[Photo], group: str) -> list[Photo]:
    """Return the real photos with a class, surroundings added."""
    real = [photo for photo in photos if photo.group == "real" and photo.accepted]
    return [
        Photo(group, png(surrounded(picture(photo.data), margins(group, number))), photo.accepted)
        for number, photo in enumerate(real)
    ]


def margins(group: str, number: int) -> tuple[float, float]:
    """Return the shares of the longer side to add before and after it, or (0.4, 0.4) all around."""
    if group == "far":
        return 0.4, 0.4
    return (0.6, 0.0) if number % 2 else (0.0, 0.6)


def surrounded(image: Image.Image, share: tuple[float, float]) -> Image.Image:
    """Return the picture within its own blurred edges."""
    width, height = image.size
    around = all(share)
    across = share if around or width >= height else (0.0, 0.0)
    down = share if around or height > width else (0.0, 0.0)
    columns = [int(width * part) for part in across]
    rows = [int(height * part) for part in down]
    edges = np.pad(np.asarray(image), (tuple(rows), tuple(columns), (0, 0)), mode="edge")
    wide = Image.fromarray(edges)
    small = wide.resize((wide.width // 8, wide.height // 8), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(max(small.size) * 0.04))
    wide = small.resize(wide.size, Image.Resampling.BICUBIC)
    wide.paste(image, (columns[0], rows[0]))
    return wide


def boxed(data: bytes) -> bytes:
    """Return the photo on a grey square that holds all of it."""
    image = picture(data)
    side = max(image.size)
    square = Image.new("RGB", (side, side), (127, 127, 127))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return png(square)


def picture(data: bytes) -> Image.Image:
    """Return the photo in RGB, on white."""
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def png(image: Image.Image) -> bytes:
    """Return the picture without loss, in little time."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def jpeg(image: Image.Image, megapixels: float | None = None) -> bytes:
    """Return the picture as a camera would write it, enlarged where megapixels are given."""
    if megapixels is not None:
        scale = math.sqrt(megapixels * 1e6 / (image.width * image.height))
        image = image.resize((round(image.width * scale), round(image.height * scale)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()
