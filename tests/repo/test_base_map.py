"""The base map that ships: drawn from Natural Earth, small, whole, and decoded by its module."""

import gzip
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import shapely
import shapely.geometry

from gazetteers import script

STATIC: Final = Path(__file__).parents[2] / "src/fieldmark/entrypoints/web/static"
WORLD: Final = STATIC / "map/world.json"
MODULE: Final = STATIC / "js/world.js"
MOST_BYTES: Final = 260_000
DECODE: Final = """
    import { readFileSync } from "node:fs";
    const { borders, land, shores } = await import(process.argv[1]);
    const data = JSON.parse(readFileSync(process.argv[2], "utf8"));
    console.log(JSON.stringify({ land: land(data), borders: borders(data), shores: shores(data) }));
"""


@cache
def _decoded() -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH; apt-get install nodejs")
    run = subprocess.run(
        [node, "--input-type=module", "-e", DECODE, MODULE.as_uri(), str(WORLD)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    decoded: dict[str, Any] = json.loads(run.stdout)
    return decoded


@cache
def _shapes() -> dict[str, shapely.MultiPolygon]:
    return {
        feature["properties"]["name"]: shapely.geometry.shape(feature["geometry"])
        for feature in _decoded()["land"]["features"]
    }


def _country_at(latitude: float, longitude: float) -> list[str]:
    point = shapely.Point(longitude, latitude)
    return [name for name, shape in _shapes().items() if shape.contains(point)]


def test_the_shipped_map_is_what_natural_earth_gives() -> None:
    world = script("world")

    drawn = json.dumps(world.topology(world.countries()), ensure_ascii=False, separators=(",", ":"))

    assert json.loads(drawn) == json.loads(WORLD.read_text(encoding="utf-8"))


def test_the_map_takes_little_to_send() -> None:
    assert len(gzip.compress(WORLD.read_bytes(), 9)) <= MOST_BYTES


def test_the_module_is_short() -> None:
    assert len(MODULE.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "country"),
    [
        ("Nairobi", -1.29, 36.82, "Kenya"),
        ("Manaus", -3.10, -60.02, "Brazil"),
        ("Maseru", -29.35, 27.55, "Lesotho"),
        ("Anadyr, beyond the antimeridian", 65.5, -175.0, "Russia"),
        ("Taveuni, Fiji", -16.85, -179.97, "Fiji"),
        ("Simferopol", 44.95, 34.1, "Ukraine"),
        ("Laayoune", 27.1, -13.0, "Western Sahara"),
        ("the South Pole", -89.9, 0.0, "Antarctica"),
        ("Floreana, Galápagos", -1.3, -90.43, "Ecuador"),
    ],
)
def test_a_place_on_land_lies_in_its_country(
    place: str, latitude: float, longitude: float, country: str
) -> None:
    assert _country_at(latitude, longitude) == [country], place


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(0.0, -25.0), (0.0, 0.0), (-40.0, -130.0), (42.0, 50.5)]
)
def test_the_open_sea_is_no_land(latitude: float, longitude: float) -> None:
    assert _country_at(latitude, longitude) == []


def test_every_outline_is_closed_whole_and_on_the_map() -> None:
    for name, shape in _shapes().items():
        west, south, east, north = shape.bounds
        assert -180.0 <= west <= east <= 180.0, name
        assert -90.0 <= south <= north <= 90.0, name
        assert [part for part in shape.geoms if not part.is_valid] == [], name


def test_a_border_lies_between_two_countries_and_a_shore_does_not() -> None:
    borders = shapely.geometry.shape(_decoded()["borders"])
    shores = shapely.geometry.shape(_decoded()["shores"])
    near_maseru = shapely.box(27.0, -30.0, 28.0, -29.0)
    near_lisbon = shapely.box(-10.0, 38.0, -8.9, 39.0)

    assert borders.intersects(near_maseru)
    assert not shores.intersects(near_maseru)
    assert shores.intersects(near_lisbon)
    assert not borders.intersects(near_lisbon)


def test_no_shore_runs_along_the_antimeridian() -> None:
    lines = _decoded()["shores"]["coordinates"]

    assert not any(all(abs(point[0]) == 180 for point in line) for line in lines)
