"""TopoJSON: shapes that share their borders as arcs, back to polygons in degrees.

Source: the TopoJSON format specification 1.0 (quantised arcs are delta-encoded; arc ``~i`` is arc
``i`` backwards).
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate

__all__ = ["Ring", "Shape", "read_shapes", "round_the_pole"]

_WORLD: Final = shapely.box(-180.0, -90.0, 180.0, 90.0)
_TURN_DEG: Final = 360.0

Ring = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """One polygon of a named place, longitude first, within -180 to 180 degrees."""

    name: str
    polygon: shapely.Polygon


def read_shapes(file: Traversable, layer: str) -> list[Shape]:
    """Return the polygons of one layer of a gzipped TopoJSON file, in file order."""
    document = json.loads(gzip.decompress(file.read_bytes()))
    arcs = _arcs(document)
    return [
        Shape(geometry["properties"]["name"], polygon)
        for geometry in document["objects"][layer]["geometries"]
        for rings in _polygons(geometry)
        for polygon in _within_world([_ring(arcs, indexes) for indexes in rings])
    ]


def _arcs(document: dict[str, Any]) -> list[Ring]:
    scale = np.array(document["transform"]["scale"])
    origin = np.array(document["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in document["arcs"]]


def _polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    arcs = geometry["arcs"]
    return [arcs] if geometry["type"] == "Polygon" else list(arcs)


def _ring(arcs: Sequence[Ring], indexes: Sequence[int]) -> Ring:
    """Join arcs to one ring whose longitudes run on past 180 where it crosses the antimeridian."""
    pieces = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indexes]
    ring = np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    ring[:, 0] = np.unwrap(ring[:, 0], period=_TURN_DEG)
    return round_the_pole(ring)


def round_the_pole(ring: Ring) -> Ring:
    """Close a ring that runs once around the earth by way of the pole that it encloses."""
    if abs(ring[-1, 0] - ring[0, 0]) < _TURN_DEG / 2.0:
        return ring
    pole = -90.0 if ring[:, 1].mean() < 0.0 else 90.0
    return np.concatenate([ring, [[ring[-1, 0], pole], [ring[0, 0], pole]]])


def _within_world(rings: Sequence[Ring]) -> Iterator[shapely.Polygon]:
    """Cut a polygon at the antimeridian into parts that lie within -180 to 180 degrees."""
    whole = shapely.make_valid(shapely.Polygon(rings[0], _beside(rings[0], rings[1:])))
    for turns in (-1, 0, 1):
        inside = shapely.intersection(translate(whole, turns * _TURN_DEG), _WORLD)
        for part in shapely.get_parts(inside):
            if isinstance(part, shapely.Polygon) and not part.is_empty:
                yield part


def _beside(outer: Ring, holes: Sequence[Ring]) -> list[Ring]:
    """Return the holes on the same turn of the earth as the ring that holds them."""
    west = outer[:, 0].min()
    return [
        hole - [_TURN_DEG * np.floor((hole[:, 0].min() - west) / _TURN_DEG), 0.0] for hole in holes
    ]
