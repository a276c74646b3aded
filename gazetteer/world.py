"""Draws the website's base map from Natural Earth's countries: one small TopoJSON file.

    pip install '.[atlas]'
    python gazetteer/world.py [OUT]

Outlines are cut at the antimeridian, the borders drawn as ``redrawn.csv`` of the atlas says, shared
lines kept once and simplified together, so that neighbours still touch. The same versions give the
same bytes. docs/decisions/0023 says why.
"""
# ruff: noqa: INP001, T201 — a script that says what it did, in no package

import argparse
import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from fieldmark.atlas.geography import Box
from fieldmark.atlas.geography.land import data_rows
from fieldmark.atlas.geography.topology import read_shapes

HERE: Final = Path(__file__).parent
GEOGRAPHY: Final = files("fieldmark.atlas.geography")
OUT: Final = HERE.parent / "src/fieldmark/entrypoints/web/static/map/world.json"
STEP_DEG: Final = 0.0025
"""The grid of the file: 280 m, finer than a map of 1:50 million is true; coarser breaks rings."""
TOLERANCE_DEG: Final = 0.01
SPELT_OUT: Final = {
    "Indian Ocean Ter.": "Australian Indian Ocean Territories",
    "N. Cyprus": "Northern Cyprus",
}
MOST: Final = 0.9
"""The boxes are drawn for an atlas of large cells: they may miss a corner, or graze a neighbour."""
SHORTEST_RING: Final = 3
HALF_TURN_DEG: Final = 180
SEAM: Final = (0, round(2 * HALF_TURN_DEG / STEP_DEG))

Point = tuple[int, int]
Line = tuple[Point, ...]
Polygons = list[shapely.Polygon]


def main() -> None:
    """Draw the map and say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    out = parser.parse_args().out
    text = json.dumps(topology(countries()), ensure_ascii=False, separators=(",", ":"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    packed = len(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{out}: {len(text.encode()):,} bytes, {packed:,} gzipped")


def topology(countries: dict[str, Polygons]) -> dict[str, Any]:
    """Return the TopoJSON document of named polygons."""
    rings = {
        name: [[_on_grid(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
        for name, parts in countries.items()
    }
    arcs = Arcs(ring for parts in rings.values() for part in parts for ring in part)
    geometries: list[dict[str, Any]] = [
        {
            "type": "MultiPolygon",
            "properties": {"name": name},
            "arcs": [
                [arcs.indexes(ring) for ring in part if len(ring) >= SHORTEST_RING]
                for part in parts
                if len(part[0]) >= SHORTEST_RING
            ],
        }
        for name, parts in rings.items()
    ]
    polygons = [polygon for geometry in geometries for polygon in geometry["arcs"]]
    return {
        "type": "Topology",
        "transform": {
            "scale": [STEP_DEG, STEP_DEG],
            "translate": [-HALF_TURN_DEG, -HALF_TURN_DEG / 2],
        },
        "objects": {"countries": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [_deltas(line) for line in arcs.lines(polygons)],
    }


class Arcs:
    """Lines that make up rings, each once; a ring names them by index, ``~index`` for backwards.

    A line ends where more than two meet, and at the antimeridian: what runs along it is no shore.
    """

    def __init__(self, rings: Iterable[Line]) -> None:
        beside: dict[Point, set[frozenset[Point]]] = defaultdict(set)
        for ring in rings:
            for place, here in enumerate(ring):
                beside[here].add(frozenset((ring[place - 1], ring[(place + 1) % len(ring)])))
        self._ends = {
            point for point, pairs in beside.items() if len(pairs) > 1 or point[0] in SEAM
        }
        self._index: dict[Line, int] = {}

    def indexes(self, ring: Line) -> list[int]:
        """Return the arcs of a ring in order."""
        starts = [place for place, point in enumerate(ring) if point in self._ends]
        first = starts[0] if starts else ring.index(min(ring))
        turned = (*ring[first:], *ring[:first], ring[first])
        cuts = [place - first for place in starts] or [0]
        return [
            self._index_of(turned[start : end + 1]) for start, end in pairwise((*cuts, len(ring)))
        ]

    def _index_of(self, line: Line) -> int:
        back = line[::-1]
        if back in self._index:
            return ~self._index[back]
        return self._index.setdefault(line, len(self._index))

    def lines(self, polygons: Sequence[list[list[int]]]) -> list[Line]:
        """Return all lines, thinned but where that would break one of the polygons."""
        whole = list(self._index)
        lines = [_thinned(line) for line in whole]
        while True:
            broken = [polygon for polygon in polygons if not _valid(polygon, lines)]
            named = {max(i, ~i) for polygon in broken for ring in polygon for i in ring}
            spoilt = [i for i in named if lines[i] != whole[i]]
            if not spoilt:
                return lines
            for i in spoilt:
                lines[i] = whole[i]


def _valid(polygon: list[list[int]], lines: Sequence[Line]) -> bool:
    rings = [joined(indexes, lines) for indexes in polygon]
    return all(len(ring) > SHORTEST_RING for ring in rings) and bool(
        shapely.Polygon(rings[0], rings[1:]).is_valid
    )


def joined(indexes: Sequence[int], lines: Sequence[Line]) -> list[Point]:
    """Return the closed ring that arcs make up."""
    parts = [lines[i] if i >= 0 else lines[~i][::-1] for i in indexes]
    return [parts[0][0], *(point for part in parts for point in part[1:])]


def _thinned(line: Line) -> Line:
    """Return the line without the points that nobody would miss; a ring keeps its far side."""
    half = len(line) // 2 if line[0] == line[-1] else len(line) - 1
    pieces = [piece for piece in (line[: half + 1], line[half:]) if len(piece) > 1]
    kept = [
        shapely.get_coordinates(
            shapely.simplify(shapely.LineString(piece), TOLERANCE_DEG / STEP_DEG)
        )
        for piece in pieces
    ]
    points = np.concatenate([kept[0], *(piece[1:] for piece in kept[1:])]).astype(int)
    return tuple((x, y) for x, y in points.tolist())


def _deltas(line: Line) -> list[list[int]]:
    steps: list[list[int]] = np.diff(np.array([(0, 0), *line]), axis=0).tolist()
    return steps


def _on_grid(ring: shapely.LinearRing) -> Line:
    points = shapely.get_coordinates(ring)[:-1]
    cells = np.rint((points + np.array([HALF_TURN_DEG, HALF_TURN_DEG / 2])) / STEP_DEG).astype(int)
    moved = (cells != np.roll(cells, 1, axis=0)).any(axis=1)
    return tuple((x, y) for x, y in cells[moved].tolist())


def countries() -> dict[str, Polygons]:
    """Return the polygons of each country, by its name in the gazetteer."""
    drawn: dict[str, Polygons] = defaultdict(list)
    for shape in read_shapes(GEOGRAPHY / "countries-50m.json.gz", "countries"):
        drawn[shape.name].append(shape.polygon)
    for row in data_rows(GEOGRAPHY / "redrawn.csv"):
        box = Box.read(row["south"], row["west"], row["north"], row["east"])
        _redraw(drawn, row["from"], row["to"], box)
    names = _names()
    return {names.get(name, name): parts for name, parts in sorted(drawn.items())}


def _redraw(drawn: dict[str, Polygons], loser: str, winner: str, box: Box) -> None:
    """Give what one country holds within the box to another, as the atlas does."""
    cut = shapely.box(box.west, box.south, box.east, box.north)
    kept, moved = [], drawn[winner]
    for part in drawn[loser]:
        share = part.intersection(cut).area / part.area
        if share >= MOST:
            moved = [*moved, part]
        elif share <= 1 - MOST:
            kept.append(part)
        else:
            kept += _pieces(part.difference(cut))
            moved = [*moved, *_pieces(part.intersection(cut))]
    drawn[loser] = kept
    drawn[winner] = _pieces(shapely.union_all(moved))


def _pieces(geometry: shapely.Geometry) -> Polygons:
    return [
        piece
        for piece in shapely.get_parts(geometry)
        if isinstance(piece, shapely.Polygon) and not piece.is_empty
    ]


def _names() -> dict[str, str]:
    """Return what to call the countries that Natural Earth abbreviates, by ISO 3166-1 number."""
    called = {row["country"]: row["called"] for row in _table("names") if not row["name"]}
    known = {row["numeric"]: called.get(row["code"]) or row["name"] for row in _table("countries")}
    document = json.loads(gzip.decompress((GEOGRAPHY / "countries-50m.json.gz").read_bytes()))
    numbers = {
        country["properties"]["name"]: country.get("id")
        for country in document["objects"]["countries"]["geometries"]
    }
    return SPELT_OUT | {name: known[code] for name, code in numbers.items() if code in known}


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / f"{name}.csv").read_text("utf-8").splitlines()))


if __name__ == "__main__":
    main()
