"""Areas that people drew: a GeoJSON FeatureCollection (RFC 7946) of polygons in WGS 84.

An area is called by its property ``area`` or ``name``, else by its ``id``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from fieldmark.atlas.geography.outlines import Outline, OutlineBroken, read_outline
from fieldmark.errors import SourceBroken

__all__ = ["Area", "is_geojson", "read_areas"]

_MOST_BYTES: Final = 256 * 2**20
_MOST_CORNERS: Final = 4_000_000
_WORLD_CRS: Final = ("CRS84", "EPSG::4326", "EPSG:4326")


@dataclass(frozen=True, slots=True)
class Area:
    """One feature; ``where`` is its file and number, ``properties`` what else stands there."""

    where: str
    name: str
    outlines: tuple[Outline, ...]
    properties: Mapping[str, Any]


class _Geometry(msgspec.Struct):
    type: str
    coordinates: Any = None
    geometries: "list[_Geometry]" = []


class _Feature(msgspec.Struct):
    geometry: _Geometry | None = None
    properties: dict[str, Any] | None = None
    id: str | int | float | None = None


class _Collection(msgspec.Struct):
    type: str
    features: list[_Feature]
    crs: Any = None


def is_geojson(head: bytes) -> bool:
    """Tell whether a file that begins so is a FeatureCollection."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text[:1] == b"{" and b'"FeatureCollection"' in text


def read_areas(path: Path) -> list[Area]:
    """Return the areas in file order.

    Raises:
        SourceBroken: the file cannot be read, or an area is none; the text names it.
    """
    collection = _collection(path)
    areas = []
    corners = 0
    for number, feature in enumerate(collection.features, 1):
        properties = feature.properties or {}
        name = _name(feature, properties) or f"feature {number}"
        where = f"{path}: feature {number} ({name})"
        outlines = tuple(_outlines(feature.geometry, where))
        corners += sum(len(outline.polygon.exterior.coords) for outline in outlines)
        if corners > _MOST_CORNERS:
            raise SourceBroken(
                f"{where}: the areas have more than {_MOST_CORNERS:,} corners; simplify them to "
                "0.01 degrees: a cell is far larger"
            )
        areas.append(Area(where, name, outlines, properties))
    if not areas:
        raise SourceBroken(f"{path} has no feature; draw one area at least")
    return areas


def _collection(path: Path) -> _Collection:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceBroken(f"{path} has more than {_MOST_BYTES:,} bytes; simplify its areas")
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        collection = msgspec.json.decode(text, type=_Collection)
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SourceBroken(f"{path} is no FeatureCollection of GeoJSON: {error}") from error
    if collection.crs and not any(word in str(collection.crs) for word in _WORLD_CRS):
        raise SourceBroken(
            f"{path}: crs is {str(collection.crs)[:100]}; save the areas in WGS 84 (EPSG:4326)"
        )
    return collection


def _name(feature: _Feature, properties: Mapping[str, Any]) -> str:
    named = (properties.get("area"), properties.get("name"), feature.id)
    return next((str(name).strip() for name in named if name not in {None, ""}), "")


def _outlines(geometry: _Geometry | None, where: str) -> Iterator[Outline]:
    match geometry:
        case None:
            raise SourceBroken(f"{where} has no geometry; draw it or take it out")
        case _Geometry(type="Polygon", coordinates=[*rings]):
            yield _outline(rings, where)
        case _Geometry(type="MultiPolygon", coordinates=[*polygons]) if polygons:
            for rings in polygons:
                yield _outline(rings, where)
        case _Geometry(type="GeometryCollection", geometries=[_, *_] as parts):
            for part in parts:
                yield from _outlines(part, where)
        case _:
            raise SourceBroken(f"{where} is a {geometry.type}; an area is a Polygon with corners")


def _outline(rings: Any, where: str) -> Outline:  # noqa: ANN401 - whatever stands there
    try:
        return read_outline(rings if isinstance(rings, list) else [])
    except OutlineBroken as error:
        raise SourceBroken(f"{where}: {error}") from error
