"""Builds the gazetteer that ships from the tables beside it.

    python gazetteer/build.py [OUT]

Needs nothing but Fieldmark. The same tables give the same rows in the same order.
docs/decisions/0023 says why it looks as it does.
"""
# ruff: noqa: INP001, T201 — a script that says what it did, in no package

import argparse
import csv
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldmark.adapters.place_names import fold
from fieldmark.adapters.sqlite_places import APPLICATION_ID, FORMAT_VERSION

HERE: Final = Path(__file__).parent
OUT: Final = HERE.parent / "src/fieldmark/bundles/places.sqlite"
GREAT: Final = 1_000_000
"""A city of so many people is meant before a park; a smaller one after it."""
REGION_SHARE: Final = 5
"""A region stands for a fifth of its people: São Paulo is the city first, Bavaria before Passau."""
# fmt: off
COMMON_WORDS: Final = frozenset((
    "and", "area", "city", "da", "das", "de", "del", "desert", "di", "do", "dos", "forest", "game",
    "island", "islands", "la", "lake", "mountains", "national", "nature", "of", "park", "province",
    "region", "reserve", "sea", "state", "the", "wildlife",
))
# fmt: on
MOST_CITY_KM: Final = 30.0
LEAST_CITY_KM: Final = 5.0
SCHEMA: Final = """
    CREATE TABLE source (name TEXT PRIMARY KEY, licence TEXT NOT NULL, attribution TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE within (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE kind (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    -- Better known places have smaller ids; positions are thousandths of a degree.
    CREATE TABLE place (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind INTEGER NOT NULL,
        within INTEGER NOT NULL, latitude INTEGER NOT NULL, longitude INTEGER NOT NULL,
        radius_km INTEGER NOT NULL);
    -- Names folded. Level 3 is a name, 2 what is left of it from a further word on, 1 a name in
    -- another language, 0 what is left from a word that says little.
    CREATE TABLE term (
        text TEXT NOT NULL, place INTEGER NOT NULL, level INTEGER NOT NULL,
        PRIMARY KEY (text, place)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to be; ``names`` are others like its own, ``also`` those of other languages.

    ``rank`` orders places: those with the smaller tuples are better known.
    """

    name: str
    kind: str
    within: str
    where: tuple[float, float]
    radius_km: float
    rank: tuple[int, int]
    names: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a country or region is called here, and what else it is called."""

    called: str
    also: tuple[str, ...]


def main() -> None:
    """Build the file and say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    out = parser.parse_args().out
    write(out, places())
    print(f"{out}: {out.stat().st_size:,} bytes")


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write a gazetteer of those places, and of no others."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    _fill(connection, sorted(entries, key=lambda e: (e.rank, fold(e.name), e.within, e.where)))
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.close()


def _fill(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    kinds = sorted({entry.kind for entry in entries})
    withins = sorted({entry.within for entry in entries})
    connection.executemany(
        "INSERT INTO source VALUES (:name, :licence, :attribution)", table("sources")
    )
    connection.executemany("INSERT INTO kind VALUES (?, ?)", enumerate(kinds))
    connection.executemany("INSERT INTO within VALUES (?, ?)", enumerate(withins))
    kind_of = {kind: number for number, kind in enumerate(kinds)}
    within_of = {within: number for number, within in enumerate(withins)}
    terms: dict[tuple[str, int], int] = {}
    for number, entry in enumerate(entries, start=1):
        latitude, longitude = entry.where
        position = (round(1000 * latitude), round(1000 * longitude), round(entry.radius_km))
        connection.execute(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, entry.name, kind_of[entry.kind], within_of[entry.within], *position),
        )
        for text, level in _terms(entry):
            terms[text, number] = max(level, terms.get((text, number), 0))
    rows = ((text, place, level) for (text, place), level in sorted(terms.items()))
    connection.executemany("INSERT INTO term VALUES (?, ?, ?)", rows)


def places() -> Iterator[Entry]:
    """Return every place of the tables."""
    spellings = _spellings()
    countries = country_names()
    regions = {key: spelling.called for key, spelling in spellings.items() if key[1]}
    yield from _countries(countries, spellings)
    yield from _regions(countries, spellings)
    yield from _nature(countries)
    yield from _cities(countries, regions)


def country_names() -> dict[str, str]:
    """Return what countries are called here, by ISO 3166-1 code."""
    called = {code: spelling.called for (code, name), spelling in _spellings().items() if not name}
    return {row["code"]: called.get(row["code"]) or row["name"] for row in table("countries")}


def _spellings() -> dict[tuple[str, str], Spelling]:
    return {
        (row["country"], row["name"]): Spelling(row["called"] or row["name"], _split(row["also"]))
        for row in table("names")
    }


def table(name: str) -> Iterator[dict[str, str]]:
    """Return the rows of a table beside this file."""
    yield from csv.DictReader((HERE / f"{name}.csv").read_text("utf-8").splitlines())


def _countries(
    names: dict[str, str], spellings: dict[tuple[str, str], Spelling]
) -> Iterator[Entry]:
    for row in table("countries"):
        spelling = spellings.get((row["code"], ""), Spelling("", ()))
        yield Entry(
            name=names[row["code"]],
            kind="country",
            within=row["continent"],
            where=_where(row),
            radius_km=float(row["radius_km"]),
            rank=(0, -int(row["population"])),
            names=(row["name"],),
            also=spelling.also,
        )


def _regions(
    countries: dict[str, str], spellings: dict[tuple[str, str], Spelling]
) -> Iterator[Entry]:
    for row in table("regions"):
        own = Spelling(row["name"], ())
        spelling = spellings.get((row["country"], row["name"]), own)
        yield Entry(
            name=spelling.called,
            kind="region",
            within=countries[row["country"]],
            where=_where(row),
            radius_km=float(row["radius_km"]),
            rank=_by_people(int(row["population"]) // REGION_SHARE),
            names=(row["name"],),
            also=spelling.also,
        )


def _nature(countries: dict[str, str]) -> Iterator[Entry]:
    for row in table("nature"):
        yield Entry(
            name=row["name"],
            kind=row["kind"],
            within=", ".join(countries[code] for code in _split(row["countries"])),
            where=_where(row),
            radius_km=float(row["radius_km"]),
            rank=(2, 0),
            names=_split(row["also"]),
        )


def _cities(countries: dict[str, str], regions: dict[tuple[str, str], str]) -> Iterator[Entry]:
    for row in table("cities"):
        country = countries[row["country"]]
        region = regions.get((row["country"], row["region"]), row["region"])
        also = _split(row["also"])
        apart = region and fold(region) != fold(row["name"])
        yield Entry(
            name=row["name"],
            kind="city",
            within=f"{region}, {country}" if apart else country,
            where=_where(row),
            radius_km=city_radius_km(int(row["population"])),
            rank=_by_people(int(row["population"])),
            names=_without_city(row["name"], also),
            also=also,
        )


def _without_city(name: str, also: tuple[str, ...]) -> tuple[str, ...]:
    """Return what people call New York City, where that is one of its names."""
    short = name.removesuffix(" City")
    return (short,) if short != name and short in also else ()


def city_radius_km(population: int) -> float:
    """Return 5 km for a town of 15,000 people, 30 km for a city of 12 million."""
    radius: float = LEAST_CITY_KM * (max(1, population) / 15_000) ** 0.268
    return min(MOST_CITY_KM, max(LEAST_CITY_KM, radius))


def _by_people(population: int) -> tuple[int, int]:
    return (1 if population >= GREAT else 3), -population


def _where(row: dict[str, str]) -> tuple[float, float]:
    return float(row["latitude"]), float(row["longitude"])


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


def _terms(entry: Entry) -> Iterable[tuple[str, int]]:
    for name in (entry.name, *entry.names):
        words = fold(name).split()
        yield " ".join(words), 3
        for start in range(1, len(words)):
            yield " ".join(words[start:]), 0 if words[start] in COMMON_WORDS else 2
    for name in entry.also:
        yield fold(name), 1


if __name__ == "__main__":
    main()
