"""TopoJSON: arcs become polygons again, cut at the antimeridian and closed round the pole."""

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely

from fieldmark.atlas.geography.topology import Shape, read_shapes


def _shapes(tmp_path: Path, arcs: list[Any], geometry: dict[str, Any]) -> list[Shape]:
    document = {
        "type": "Topology",
        "transform": {"scale": [0.5, 0.5], "translate": [-180.0, -90.0]},
        "arcs": arcs,
        "objects": {"layer": {"geometries": [{"properties": {"name": "Here"}, **geometry}]}},
    }
    file = tmp_path / "shapes.json.gz"
    file.write_bytes(gzip.compress(json.dumps(document).encode()))
    return read_shapes(file, "layer")


def _arc(*points: tuple[float, float]) -> list[list[int]]:
    """Return an arc as TopoJSON stores it: whole steps from point to point."""
    whole = [(round((x + 180.0) / 0.5), round((y + 90.0) / 0.5)) for x, y in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole)]
    return [list(whole[0]), *map(list, steps)]


def test_arcs_are_joined_forwards_and_backwards(tmp_path: Path) -> None:
    arcs = [_arc((0, 0), (10, 0), (10, 10)), _arc((0, 0), (0, 10), (10, 10))]

    (shape,) = _shapes(tmp_path, arcs, {"type": "Polygon", "arcs": [[0, ~1]]})

    assert shape.name == "Here"
    assert shape.polygon.equals(shapely.box(0, 0, 10, 10))


def test_holes_stay_holes_and_parts_stay_parts(tmp_path: Path) -> None:
    arcs = [
        _arc((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)),
        _arc((2, 2), (2, 4), (4, 4), (4, 2), (2, 2)),
        _arc((20, 0), (30, 0), (30, 10), (20, 10), (20, 0)),
    ]

    shapes = _shapes(tmp_path, arcs, {"type": "MultiPolygon", "arcs": [[[0], [1]], [[2]]]})

    assert sorted(shape.polygon.area for shape in shapes) == [96.0, 100.0]


def test_a_polygon_over_the_antimeridian_is_cut_in_two(tmp_path: Path) -> None:
    arcs = [_arc((170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0))]

    shapes = _shapes(tmp_path, arcs, {"type": "Polygon", "arcs": [[0]]})

    assert sorted(shape.polygon.bounds for shape in shapes) == [
        (-180.0, 0.0, -170.0, 10.0),
        (170.0, 0.0, 180.0, 10.0),
    ]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_ring_round_a_pole_holds_the_pole(tmp_path: Path, sign: int) -> None:
    ring = [(x, sign * 70) for x in (0, 90, 180, -90, 0)]

    shapes = _shapes(tmp_path, [_arc(*ring)], {"type": "Polygon", "arcs": [[0]]})

    assert sum(shape.polygon.area for shape in shapes) == pytest.approx(360.0 * 20.0)
    assert any(shape.polygon.covers(shapely.Point(10.0, sign * 90.0)) for shape in shapes)
