"""The gazetteer that ships: built from its tables, true to the map, and found as people type."""

import csv
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import shapely

from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.ports import Gazetteer
from fieldmark.settings import Settings
from gazetteers import TABLES, script

MOST_BYTES: Final = 3_000_000
TABLE_NAMES: Final = ("source", "kind", "within", "place", "term")
KM_PER_DEGREE: Final = 111.2
NEAR_KM: Final = 25.0
# Natural Earth at 1:50 million draws these nowhere, or as part of another country.
UNDRAWN: Final = {
    "Abrolhos", "Aldabra", "Bonaire National Marine Park", "Christmas Island National Park",
    "Cocos Island", "Fernando de Noronha", "Lord Howe Island", "Manu'a Islands", "Midway Atoll",
    "Rodrigues", "Svalbard", "Tristan da Cunha", "Tubbataha Reef",
}  # fmt: skip


@pytest.fixture(scope="module")
def gazetteer() -> Iterator[Gazetteer]:
    gazetteer = compose.gazetteer(Settings())
    yield gazetteer
    gazetteer.close()


@pytest.fixture(scope="module")
def outlines() -> dict[str, list[shapely.Polygon]]:
    """Return what Natural Earth draws, by the names of the base map."""
    drawn: dict[str, list[shapely.Polygon]] = script("world").countries()
    return drawn


def _rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader((TABLES / f"{table}.csv").read_text("utf-8").splitlines()))


def _content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    content = {
        name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608  # a name above
        for name in TABLE_NAMES
    }
    connection.close()
    return content


def test_the_shipped_gazetteer_is_what_its_tables_give(tmp_path: Path) -> None:
    build = script("build")

    build.write(tmp_path / "places.sqlite", build.places())

    assert _content(tmp_path / "places.sqlite") == _content(compose.PLACES)


def test_the_gazetteer_adds_at_most_three_megabytes() -> None:
    assert compose.PLACES.stat().st_size <= MOST_BYTES


def test_every_source_has_a_licence_and_a_text_to_show() -> None:
    sources = {row[0]: row[1:] for row in _content(compose.PLACES)["source"]}

    assert set(sources) == {"Fieldmark", "GeoNames", "Natural Earth"}
    assert sources["GeoNames"][0] == "CC-BY-4.0"
    assert all(text for row in sources.values() for text in row)


def test_every_place_is_a_position_within_the_largest_radius() -> None:
    for row in _content(compose.PLACES)["place"]:
        latitude, longitude, radius_km = (float(str(number)) for number in row[4:])
        assert Position(latitude / 1000, longitude / 1000, 1000 * radius_km).radius_m >= 1_000.0


@pytest.mark.parametrize(
    ("typed", "name", "kind", "within"),
    [
        ("Kruger", "Kruger National Park", "protected area", "South Africa"),
        ("Corcovado", "Corcovado National Park", "protected area", "Costa Rica"),
        ("yellowstone", "Yellowstone National Park", "protected area", "United States"),
        ("serengeti", "Serengeti National Park", "protected area", "Tanzania"),
        ("galapagos", "Galápagos Islands", "island", "Ecuador"),
        ("north sea", "North Sea", "sea", ""),
        ("São Paulo", "São Paulo", "city", "Brazil"),
        ("sao paulo", "São Paulo", "city", "Brazil"),
        ("München", "Munich", "city", "Bavaria, Germany"),
        ("new york", "New York City", "city", "New York, United States"),
        ("nelspruit", "Mbombela", "city", "Mpumalanga, South Africa"),
        ("東京", "Tokyo", "city", "Japan"),
        ("Paris, Texas", "Paris", "city", "Texas, United States"),
        ("Bavaria", "Bavaria", "region", "Germany"),
        ("Bayern", "Bavaria", "region", "Germany"),
        ("Kenya", "Kenya", "country", "Africa"),
        ("ken", "Kenya", "country", "Africa"),
        ("Deutschland", "Germany", "country", "Europe"),
        ("USA", "United States", "country", "North America"),
    ],
)
def test_what_people_type_finds_what_they_mean(
    gazetteer: Gazetteer, typed: str, name: str, kind: str, within: str
) -> None:
    best = gazetteer.find(typed, 5)[0]

    assert (best.name, best.kind, best.within) == (name, kind, within)


def test_the_tables_of_nature_say_each_name_once() -> None:
    names = [row["name"] for row in _rows("nature")]

    assert len(names) == len(set(names))
    assert len(names) > 500


def test_nature_lies_in_the_countries_that_it_claims(
    outlines: dict[str, list[shapely.Polygon]],
) -> None:
    countries = script("build").country_names()
    astray = {}
    for row in _rows("nature"):
        claimed = [countries[code] for code in row["countries"].split(";") if code]
        if claimed and row["name"] not in UNDRAWN:
            parts = [part for name in claimed for part in outlines[name]]
            distance_km = _distance_km(row, parts)
            if distance_km > max(NEAR_KM, float(row["radius_km"])):
                astray[row["name"]] = distance_km

    assert astray == {}


def test_a_sea_of_no_country_lies_in_none(outlines: dict[str, list[shapely.Polygon]]) -> None:
    seas = [row for row in _rows("nature") if not row["countries"]]
    land = [part for parts in outlines.values() for part in parts]

    assert [row["name"] for row in seas if _distance_km(row, land) == 0.0] == []


def test_the_centre_of_a_country_lies_in_it(outlines: dict[str, list[shapely.Polygon]]) -> None:
    countries = script("build").country_names()
    astray = [
        row["name"]
        for row in _rows("countries")
        if (parts := outlines.get(countries[row["code"]])) and _distance_km(row, parts) > NEAR_KM
    ]

    assert astray == []


def _distance_km(row: dict[str, str], parts: list[shapely.Polygon]) -> float:
    """Return how far a place lies from the nearest polygon, on a plane that is true around it."""
    narrow = max(0.01, math.cos(math.radians(float(row["latitude"]))))
    stretch = np.array([narrow, 1.0])
    point = shapely.Point(float(row["longitude"]) * narrow, float(row["latitude"]))
    flat = shapely.transform(np.array(parts), lambda corners: corners * stretch)
    return KM_PER_DEGREE * float(shapely.distance(flat, point).min())
