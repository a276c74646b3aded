"""Places whose coordinates stand for something else: centres of countries, capitals, institutions.

A record there was often put there by somebody who knew no more than the country, or is of an animal
in a zoo or a drawer. The discs around those places are made of squares of 0.001 degrees (about 110
m), all of them numbered here, so that finding a record in one is an equality join on any engine.

CoordinateCleaner (Zizka et al. 2019, doi:10.1111/2041-210X.13152) takes 1 km around centroids,
10 km around capitals and 100 m around institutions. Here:

- a country: 1 km around its centroid; 100 m where the whole is smaller than 10,000 km², because
  the middle of Singapore is a forest full of real records;
- a capital: only the published point (100 m) and what it becomes when it is rounded to a minute, a
  hundredth, a tenth or a whole degree. Real animals live in capitals, within 10 km of the middle;
- an institution: 250 m, because ours are written with three decimals from general knowledge and may
  lie that far from the door. Zoos are larger; what is kept there mostly bears the address.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from ibis.expr.types import FloatingValue, IntegerValue
from numpy.typing import NDArray

from fieldmark.atlas.records.reasons import Reason
from fieldmark.errors import SourceBroken

__all__ = ["Place", "bundled_places", "near_key", "near_table", "read_institutions"]

INSTITUTION_M: Final = 250.0
_MAX_RADIUS_M: Final = 10_000.0
_MAX_PLACES: Final = 100_000
_SQUARES_PER_DEG: Final = 1000
_COLUMNS: Final = 360 * _SQUARES_PER_DEG
_M_PER_DEG: Final = 111_195.0
_ROUNDINGS_PER_DEG: Final = (60, 100, 10, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A point, in degrees, and how near to it a record is suspect."""

    reason: Reason
    latitude: float
    longitude: float
    radius_m: float
    rounded: bool = False


def near_key(latitude: FloatingValue, longitude: FloatingValue) -> IntegerValue:
    """Return the number of the square around a published point; null where there is none."""
    return _key_part(latitude, 90) * _COLUMNS + _key_part(longitude, 180)


def _key_part(degrees: FloatingValue, most: int) -> IntegerValue:
    safe = degrees.between(-most, most).ifelse(degrees, None)
    return ((safe + most) * _SQUARES_PER_DEG + 0.5).floor().cast("int64")


def near_table(places: Iterable[Place]) -> Any:  # noqa: ANN401 - an Arrow table
    """Return ``near_key`` int64 and ``near`` int8, the reason: each key once, the first reason."""
    reasons: dict[int, int] = {}
    for place in sorted(places, key=lambda place: -place.reason):
        reasons.update(dict.fromkeys(_keys(place).tolist(), int(place.reason)))
    return pa.table(
        {
            "near_key": pa.array(reasons.keys(), pa.int64()),
            "near": pa.array(reasons.values(), pa.int8()),
        }
    )


def _keys(place: Place) -> NDArray[np.int64]:
    """Return the squares of the point, of its roundings, and those whose middle is in the disc."""
    lat, lon = _disc(place)
    if place.rounded:
        steps = np.array(_ROUNDINGS_PER_DEG)
        lat = np.concatenate([lat, np.round(place.latitude * steps) / steps])
        lon = np.concatenate([lon, np.round(place.longitude * steps) / steps])
    row = np.floor((lat + 90) * _SQUARES_PER_DEG + 0.5)
    column = np.floor((lon + 180) * _SQUARES_PER_DEG + 0.5)
    return (row * _COLUMNS + column).astype(np.int64)


def _disc(place: Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of the disc a square apart, the place itself first, in degrees."""
    narrow = max(np.cos(np.radians(place.latitude)), 0.01)
    reach = place.radius_m / _M_PER_DEG
    north, east = (_steps(reach), _steps(reach / narrow))
    norths, easts = np.meshgrid(north, east)
    inside = norths**2 + (easts * narrow) ** 2 <= reach**2
    lat = np.append(place.latitude, place.latitude + norths[inside])
    lon = np.append(place.longitude, place.longitude + easts[inside])
    on_earth = np.abs(lat) <= 90.0
    return lat[on_earth], (lon[on_earth] + 180.0) % 360.0 - 180.0


def _steps(reach: float) -> NDArray[np.float64]:
    squares = int(reach * _SQUARES_PER_DEG)
    return np.arange(-squares, squares + 1) / _SQUARES_PER_DEG


def bundled_places() -> list[Place]:
    """Return the centres and institutions that come with Fieldmark.

    ``centres.csv``: countries as Natural Earth draws them, capitals from GeoNames. In
    ``institutions.csv`` stand some two hundred large museums, gardens and zoos out of many
    thousands; who knows those of his region adds them.
    """
    here = files(__package__)
    with (here / "centres.csv").open(encoding="utf-8") as file:
        centres = [
            Place(
                Reason.CENTRE,
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["radius_m"]),
                rounded=True,
            )
            for row in csv.DictReader(file)
        ]
    with (here / "institutions.csv").open(encoding="utf-8") as file:
        return centres + list(_institutions(file, "institutions.csv"))


def read_institutions(path: Path) -> list[Place]:
    """Return the institutions of a CSV file: ``latitude``, ``longitude`` and, if so, ``radius_m``.

    Raises:
        SourceBroken: the file cannot be read; the text names file, line and value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_institutions(file, str(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path} cannot be read: {error}") from error


def _institutions(file: Iterable[str], where: str) -> Iterator[Place]:
    rows = csv.DictReader(file)
    if not {"latitude", "longitude"}.issubset(rows.fieldnames or ()):
        raise SourceBroken(f"{where}: line 1 must name the columns latitude and longitude")
    for row in rows:
        if rows.line_num > _MAX_PLACES:
            raise SourceBroken(f"{where}: more than {_MAX_PLACES:,} lines; is it a list of places?")
        at = f"{where}:{rows.line_num}"
        yield Place(
            Reason.INSTITUTION,
            _within(row["latitude"], 90.0, f"{at}: latitude"),
            _within(row["longitude"], 180.0, f"{at}: longitude"),
            abs(_within(row.get("radius_m") or f"{INSTITUTION_M}", _MAX_RADIUS_M, f"{at}: radius")),
        )


def _within(text: str | None, most: float, what: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise SourceBroken(f"{what} {text!r} is no number from {-most:g} to {most:g}")
    return value
