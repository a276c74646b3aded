"""A made-up download of GBIF: a zip with its simple CSV, of the animals of southern Africa.

Nothing in it was seen by anybody. Who looks where is skewed as it is in life, ranges have edges,
storks are away in winter, and each fault that GBIF's records have is there a few times.
"""

import csv
import datetime as dt
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["COLUMNS", "KEY", "write_download"]

KEY: Final = "0012345-261101000000000"
COLUMNS: Final = (
    "gbifID", "datasetKey", "occurrenceID", "kingdom", "phylum", "class", "order", "family",
    "genus", "species", "infraspecificEpithet", "taxonRank", "scientificName",
    "verbatimScientificName", "verbatimScientificNameAuthorship", "countryCode", "locality",
    "stateProvince", "occurrenceStatus", "individualCount", "publishingOrgKey", "decimalLatitude",
    "decimalLongitude", "coordinateUncertaintyInMeters", "coordinatePrecision", "elevation",
    "elevationAccuracy", "depth", "depthAccuracy", "eventDate", "day", "month", "year", "taxonKey",
    "speciesKey", "basisOfRecord", "institutionCode", "collectionCode", "catalogNumber",
    "recordNumber", "identifiedBy", "dateIdentified", "license", "rightsHolder", "recordedBy",
    "typeStatus", "establishmentMeans", "lastInterpreted", "mediaType", "issue",
)  # fmt: skip

Row = dict[str, str]
_MAMMAL: Final = ("Chordata", "Mammalia")
_BIRD: Final = ("Chordata", "Aves")
_REPTILE: Final = ("Chordata", "Reptilia")
_ALL_YEAR: Final = frozenset(range(1, 13))
_SUMMER: Final = frozenset({10, 11, 12, 1, 2, 3})
_BOX: Final = (-29.0, -21.0, 26.0, 32.5)
_EAST, _WEST, _EVERYWHERE = (29.5, 32.5), (26.0, 29.5), (26.0, 32.5)

_ANIMALS: Final = (
    ("Panthera leo", (*_MAMMAL, "Carnivora", "Felidae"), _EAST, 0.12, _ALL_YEAR),
    ("Panthera pardus", (*_MAMMAL, "Carnivora", "Felidae"), _EVERYWHERE, 0.06, _ALL_YEAR),
    ("Acinonyx jubatus", (*_MAMMAL, "Carnivora", "Felidae"), _EAST, 0.04, _ALL_YEAR),
    ("Lycaon pictus", (*_MAMMAL, "Carnivora", "Canidae"), _EAST, 0.05, _ALL_YEAR),
    ("Suricata suricatta", (*_MAMMAL, "Carnivora", "Herpestidae"), _WEST, 0.10, _ALL_YEAR),
    ("Loxodonta africana", (*_MAMMAL, "Proboscidea", "Elephantidae"), _EAST, 0.45, _ALL_YEAR),
    ("Equus quagga", (*_MAMMAL, "Perissodactyla", "Equidae"), _EVERYWHERE, 0.35, _ALL_YEAR),
    ("Hippopotamus amphibius", (*_MAMMAL, "Artiodactyla", "Hippopotamidae"), _EAST, 0.25,
     _ALL_YEAR),
    ("Phacochoerus africanus", (*_MAMMAL, "Artiodactyla", "Suidae"), _EVERYWHERE, 0.30, _ALL_YEAR),
    ("Aepyceros melampus", (*_MAMMAL, "Artiodactyla", "Bovidae"), _EVERYWHERE, 0.60, _ALL_YEAR),
    ("Giraffa giraffa", (*_MAMMAL, "Artiodactyla", "Giraffidae"), _EAST, 0.20, _ALL_YEAR),
    ("Struthio camelus", (*_BIRD, "Struthioniformes", "Struthionidae"), _WEST, 0.20, _ALL_YEAR),
    ("Ciconia ciconia", (*_BIRD, "Ciconiiformes", "Ciconiidae"), _EVERYWHERE, 0.20, _SUMMER),
    ("Lamprotornis nitens", (*_BIRD, "Passeriformes", "Sturnidae"), _EVERYWHERE, 0.40, _ALL_YEAR),
    ("Crocodylus niloticus", (*_REPTILE, "Crocodylia", "Crocodylidae"), _EAST, 0.20, _ALL_YEAR),
)  # fmt: skip
"""Name, lineage from the phylum, longitudes, how often a visit finds it, months."""

_DATASETS: Final = (
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
)
_LICENCES: Final = ("CC0_1_0", "CC_BY_4_0", "CC_BY_NC_4_0", "CC_BY_NC_4_0")


def write_download(folder: Path, *, visits: int = 1200, seed: int = 20261126) -> Path:
    """Write the download into a folder and return its file; one seed gives one content."""
    chance = random.Random(seed)  # noqa: S311 - made-up data
    file = folder / f"{KEY}.zip"
    text = io.StringIO()
    table = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE,
                       quotechar=None)  # fmt: skip
    table.writerow(COLUMNS)
    rows = list(_rows(chance, visits))
    for number, row in enumerate(rows, start=1):
        table.writerow([{**row, "gbifID": str(number)}.get(name, "") for name in COLUMNS])
    text.write("a line that was cut off\n")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(f"{KEY}.csv", (2026, 11, 1, 0, 0, 0)), text.getvalue())
    return file


def _rows(chance: random.Random, visits: int) -> Iterator[Row]:
    south, north, west, east = _BOX
    sites = [(chance.uniform(south, north), chance.uniform(west, east)) for _ in range(160)]
    popular = [1 / (rank + 3) for rank in range(len(sites))]
    for number in range(visits):
        latitude, longitude = chance.choices(sites, popular)[0]
        day = dt.date(2016, 1, 1) + dt.timedelta(days=chance.randrange(3650))
        visit = {
            "decimalLatitude": f"{latitude + chance.gauss(0, 0.03):.5f}",
            "decimalLongitude": f"{longitude + chance.gauss(0, 0.03):.5f}",
            "coordinateUncertaintyInMeters": chance.choice(("", "10", "100", "1000")),
            "eventDate": day.isoformat(),
            "day": str(day.day),
            "month": str(day.month),
            "year": str(day.year),
            "recordedBy": f"Observer {int(chance.paretovariate(1)) % 60}",
            "datasetKey": _DATASETS[0],
            "license": chance.choice(_LICENCES),
        }
        for animal in _ANIMALS:
            (first, last), often, months = animal[2:]
            if first <= longitude <= last and day.month in months and chance.random() < often:
                row = {**_named(animal[0], animal[1]), **visit}
                yield row
                yield from _faults(chance, row)
        if number % 60 == 0:
            yield {**_named("Vachellia tortilis", ("Tracheophyta", "Magnoliopsida", "Fabales",
                                                   "Fabaceae"), "Plantae"), **visit}  # fmt: skip


def _faults(chance: random.Random, row: Row) -> Iterator[Row]:
    """Yield what GBIF holds beside a good record now and then: copies of it, and worse."""
    if chance.random() < 0.08:
        yield {**row, "datasetKey": _DATASETS[1]}
    if chance.random() < 0.06:
        yield {**row, **chance.choice(_FAULTS)}


_NO_DAY: Final = {"day": "", "month": ""}
_FAULTS: Final[tuple[Row, ...]] = (
    {"decimalLatitude": "", "decimalLongitude": ""},
    {"decimalLatitude": "0", "decimalLongitude": "0"},
    {"decimalLatitude": "-29.0", "decimalLongitude": "25.084", **_NO_DAY},
    {"coordinateUncertaintyInMeters": "50000"},
    {"basisOfRecord": "PRESERVED_SPECIMEN", **_NO_DAY, "year": "1931", "eventDate": "1931"},
    {"basisOfRecord": "FOSSIL_SPECIMEN", **_NO_DAY, "year": "", "eventDate": ""},
    {"basisOfRecord": "LIVING_SPECIMEN"},
    {"decimalLatitude": "-25.738", "decimalLongitude": "28.189"},
    {"establishmentMeans": "MANAGED"},
    {"occurrenceStatus": "ABSENT"},
    {**_NO_DAY, "eventDate": "2019", "year": "2019"},
)


def _named(name: str, lineage: tuple[str, str, str, str], kingdom: str = "Animalia") -> Row:
    phylum, class_, order, family = lineage
    key = str(sum(map(ord, name)) * 1000 + len(name))
    return {
        "kingdom": kingdom,
        "phylum": phylum,
        "class": class_,
        "order": order,
        "family": family,
        "genus": name.partition(" ")[0],
        "species": name,
        "taxonRank": "SPECIES",
        "scientificName": name,
        "verbatimScientificName": name,
        "countryCode": "ZA",
        "occurrenceStatus": "PRESENT",
        "taxonKey": key,
        "speciesKey": key,
        "basisOfRecord": "HUMAN_OBSERVATION",
    }
