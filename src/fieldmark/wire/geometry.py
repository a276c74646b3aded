"""Outlines as they leave: GeoJSON (RFC 7946)."""

from collections.abc import Mapping
from typing import Literal

import h3.api.basic_int as h3
import msgspec

from fieldmark.domain.outline import Ring, outline_of, outlines_of

__all__ = ["OutlineOut", "cell_outline", "range_outline"]


class GeometryOut(msgspec.Struct, frozen=True):
    """One or more polygons: longitude, latitude; a polygon's first ring is its outside."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]]


class PropertiesOut(msgspec.Struct, frozen=True):
    """What the outline is of."""

    cell: str | None = None
    resolution: int | None = None
    centre: tuple[float, float] | None = None
    taxon_id: int | None = None
    month: int | None = None
    cells: int | None = None


class OutlineOut(msgspec.Struct, frozen=True):
    """A GeoJSON feature. Where it crosses the antimeridian, its longitudes run on past ±180."""

    type: Literal["Feature"]
    geometry: GeometryOut
    properties: PropertiesOut


def cell_outline(cell: int) -> OutlineOut:
    """Return the outline of a cell."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return OutlineOut(
        "Feature",
        GeometryOut("MultiPolygon", [[outline_of(cell)]]),
        PropertiesOut(
            cell=h3.int_to_str(cell),
            resolution=h3.get_resolution(cell),
            centre=(round(longitude, 5), round(latitude, 5)),
        ),
    )


def range_outline(taxon_id: int, cells: Mapping[int, int], month: int | None) -> OutlineOut:
    """Return the outline of where a taxon occurs, of a month (bits 0 to 11) or of the year."""
    bits = 0xFFF if month is None else 1 << (month - 1)
    present = [cell for cell, months in cells.items() if months & bits]
    return OutlineOut(
        "Feature",
        GeometryOut("MultiPolygon", outlines_of(present)),
        PropertiesOut(taxon_id=taxon_id, month=month, cells=len(present)),
    )
