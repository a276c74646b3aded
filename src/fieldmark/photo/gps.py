"""Where a photo says it was taken: degrees, hemispheres and their checks, in EXIF and XMP."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from fieldmark.domain.note import Note
from fieldmark.domain.position import MAX_RADIUS_M, Position, PositionSource
from fieldmark.photo import notes
from fieldmark.photo.containers.tiff import Directory, Number

__all__ = ["LATITUDE", "LONGITUDE", "Axis", "Coordinate", "from_exif", "from_xmp"]

_ARC_MINUTE_M: Final = 1_852.0
"""One minute of latitude, the nautical mile: what is unknown where the seconds are."""

_XMP_COORDINATE: Final = re.compile(
    r"(\d{1,3}(?:\.\d+)?)(?:,(\d{1,3}(?:\.\d+)?))?(?:,(\d{1,3}(?:\.\d+)?))?\s*([A-Za-z]*)",
    re.ASCII,
)
_XMP_COORDINATE_CHARACTERS: Final = 64
_RATIONAL: Final = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(?:/(\d{1,12}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Axis:
    """Latitude or longitude: its hemispheres, the positive first, and its limit in degrees."""

    name: str
    hemispheres: str
    limit_deg: float
    exif_ref: int
    exif_value: int
    xmp_name: str


LATITUDE: Final = Axis("latitude", "NS", 90.0, 1, 2, "exif:GPSLatitude")
LONGITUDE: Final = Axis("longitude", "EW", 180.0, 3, 4, "exif:GPSLongitude")
_EXIF_RADIUS: Final = 31
_XMP_RADIUS: Final = "exif:GPSHPositioningError"


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One stated coordinate: its degrees, its hemisphere as written, the radius of the unknown."""

    degrees: float
    hemisphere: str
    radius_m: float = 0.0


def from_exif(gps: Directory) -> tuple[Position | None, tuple[Note, ...]]:
    """Return the position of a GPS directory, or why there is none (Exif 3.0, 4.6.6)."""
    stated = [_exif_coordinate(gps, axis) for axis in (LATITUDE, LONGITUDE)]
    radius = gps.numbers(_EXIF_RADIUS)
    return _position(stated, _radius_m(radius[0] if radius else None), "exif")


def from_xmp(properties: dict[str, str]) -> tuple[Position | None, tuple[Note, ...]]:
    """Return the position of XMP properties, or why there is none.

    Source: XMP Specification Part 2, 1.2.7.4 (GPSCoordinate: ``DDD,MM,SSk`` or ``DDD,MM.mmk``).
    """
    stated = [_xmp_coordinate(properties, axis) for axis in (LATITUDE, LONGITUDE)]
    return _position(stated, _radius_m(_rational(properties.get(_XMP_RADIUS, ""))), "xmp")


def _exif_coordinate(gps: Directory, axis: Axis) -> Coordinate | Note | None:
    if axis.exif_value not in gps.fields:
        return None
    parts = gps.numbers(axis.exif_value)
    degrees, radius_m = _degrees(parts)
    if degrees is None:
        return notes.position_malformed(axis.name, "is no number")
    return Coordinate(degrees, gps.text(axis.exif_ref) or "", radius_m)


def _degrees(parts: Sequence[Number]) -> tuple[float | None, float]:
    """Return degrees, minutes and seconds as degrees, and the radius of what is unknown.

    Seconds of 0/0 are unknown: where the minutes are whole, so is a minute of arc.
    """
    if not 1 <= len(parts) <= 3:
        return None, 0.0
    known = list(parts)
    radius_m = 0.0
    if len(known) == 3 and known[2] is None:
        known.pop()
        minutes = known[1]
        radius_m = _ARC_MINUTE_M if isinstance(minutes, Fraction) and minutes == int(minutes) else 0
    if any(part is None or not math.isfinite(part) for part in known):
        return None, 0.0
    exact = [Fraction(part) for part in known if part is not None]
    degrees = sum(abs(part) / 60**power for power, part in enumerate(exact))
    negative = any(part < 0 for part in exact)
    return float(-degrees if negative else degrees), radius_m


def _xmp_coordinate(properties: dict[str, str], axis: Axis) -> Coordinate | Note | None:
    text = properties.get(axis.xmp_name)
    if text is None:
        return None
    match = _XMP_COORDINATE.fullmatch(text[:_XMP_COORDINATE_CHARACTERS].strip())
    if match is None:
        return notes.position_malformed(axis.name, "is not written as degrees")
    degrees = sum(float(match[k] or 0) / 60 ** (k - 1) for k in (1, 2, 3))
    return Coordinate(degrees, match[4])


def _position(
    stated: list[Coordinate | Note | None], radius_m: float, source: PositionSource
) -> tuple[Position | None, tuple[Note, ...]]:
    """Return the position of two stated coordinates, or the notes that say why there is none."""
    if stated == [None, None]:
        return None, ()
    signed: list[float] = []
    unknown_m = 0.0
    for axis, other, coordinate in zip(
        (LATITUDE, LONGITUDE), (LONGITUDE, LATITUDE), stated, strict=True
    ):
        if coordinate is None:
            return None, (notes.position_incomplete(other.name, axis.name),)
        degrees = coordinate if isinstance(coordinate, Note) else _signed(axis, coordinate)
        if isinstance(degrees, Note):
            return None, (degrees,)
        signed.append(degrees)
        unknown_m = max(unknown_m, coordinate.radius_m) if isinstance(coordinate, Coordinate) else 0
    if signed == [0.0, 0.0]:
        return None, (notes.position_null_island(),)
    coarse = (notes.position_coarse(),) if unknown_m else ()
    return Position(signed[0], signed[1], max(radius_m, unknown_m), source), coarse


def _signed(axis: Axis, coordinate: Coordinate) -> float | Note:
    """Return degrees north or east, or why they are none."""
    hemisphere = unicodedata.normalize("NFKC", coordinate.hemisphere).strip()[:1].upper()
    if not hemisphere or hemisphere not in axis.hemispheres:
        return notes.position_without_hemisphere(axis.name, axis.hemispheres)
    degrees = coordinate.degrees
    if not abs(degrees) <= axis.limit_deg:
        return notes.position_out_of_range(axis.name, degrees, axis.limit_deg)
    south_or_west = hemisphere == axis.hemispheres[1]
    if degrees < 0 and not south_or_west:
        return notes.position_malformed(axis.name, f"is {degrees:.10g} and marked {hemisphere}")
    return -abs(degrees) if south_or_west and degrees else abs(degrees)


def _radius_m(stated: Number) -> float:
    """Return the horizontal error in metres, 0 where it is absent or senseless."""
    if stated is None or not math.isfinite(stated) or stated <= 0:
        return 0.0
    return min(float(stated), MAX_RADIUS_M)


def _rational(text: str) -> float | None:
    match = _RATIONAL.fullmatch(text.strip())
    if match is None or (match[2] and int(match[2]) == 0):
        return None
    return float(match[1]) / int(match[2] or 1)
