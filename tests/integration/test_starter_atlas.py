"""The starter atlas against facts that its ranges were not written from.

``tests/data/atlas_facts.csv`` states animals that live, and that do not live, at a place in a
month; animals are label index and name. A fact is never edited to pass. Those of labels whose
photos turned out to show domestic animals are left out: an atlas has nothing on them. What is
missed is printed, by ``pytest tests/integration/test_starter_atlas.py -rP`` for a passing run too.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.sources.ranges import RangeTable
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import CellRecord, Release
from fieldmark.domain.position import Position

ROOT: Final = Path(__file__).parents[2]
FACTS: Final = ROOT / "tests/data/atlas_facts.csv"
LABELS: Final = ROOT / "models/efficientnet-lite/labels.csv"
RANGES: Final = ROOT / "atlases/starter/ranges.csv"
STARTER: Final = ROOT / "src/fieldmark/bundles/starter.sqlite"
COLUMNS: Final = ("present", "absent_same_region", "absent_elsewhere")


@dataclass(frozen=True, slots=True)
class Fact:
    """An animal that a visitor of the place in that month could find, or could not."""

    place: str
    cell: int
    month: int
    animal: str
    taxon_id: int
    column: str

    def __str__(self) -> str:
        return f"{self.column:18} {self.animal} in month {self.month} at {self.place}"


def _facts(resolution: int) -> Iterator[Fact]:
    with LABELS.open(encoding="utf-8", newline="") as lines:
        wild = {
            row["index"]: int(row["taxon_id"])
            for row in csv.DictReader(lines)
            if row["setting"] == "wild"
        }
    with FACTS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            cell = Position(float(row["latitude"]), float(row["longitude"])).cell(resolution)
            for column in COLUMNS:
                for animal in filter(None, row[column].split("; ")):
                    taxon_id = wild.get(animal.split(" ", 1)[0])
                    if taxon_id is not None:
                        yield Fact(row["place"], cell, int(row["month"]), animal, taxon_id, column)


@pytest.fixture(scope="module")
def atlas() -> Iterator[SqliteAreas]:
    atlas = SqliteAreas(STARTER)
    yield atlas
    atlas.close()


@pytest.fixture(scope="module")
def facts(atlas: SqliteAreas) -> list[Fact]:
    return list(_facts(atlas.release().resolution))


@pytest.fixture(scope="module")
def misses(atlas: SqliteAreas, facts: list[Fact]) -> list[Fact]:
    release = atlas.release()
    packed = atlas.areas(list({fact.cell for fact in facts})).records
    records = {cell: unpack_record(record) for cell, record in packed.items()}
    return [
        fact for fact in facts if _expected(fact, records, release) != (fact.column == "present")
    ]


def _expected(fact: Fact, records: dict[int, CellRecord], release: Release) -> bool:
    record = records.get(fact.cell)
    if record is None:
        return False
    rows = record.occurrence[record.taxon_ids == fact.taxon_id, fact.month - 1]
    return bool((rows >= release.expected_from).any())


def test_the_atlas_was_built_from_the_ranges_beside_it(atlas: SqliteAreas) -> None:
    assert atlas.release().sources[0] == RangeTable(RANGES).name


def test_there_are_enough_facts_and_half_of_the_absences_are_near_the_range(
    facts: list[Fact],
) -> None:
    count = {column: sum(fact.column == column for fact in facts) for column in COLUMNS}

    assert len({(fact.place, fact.month) for fact in facts}) >= 300
    assert count["absent_same_region"] >= 0.5 * (len(facts) - count["present"])


@pytest.mark.parametrize("kind", ["present", "absent"])
def test_97_of_100_facts_are_true_of_the_starter_atlas(
    facts: list[Fact], misses: list[Fact], kind: str
) -> None:
    stated = [fact for fact in facts if fact.column.startswith(kind)]
    missed = [fact for fact in misses if fact.column.startswith(kind)]
    share = 1.0 - len(missed) / len(stated)

    print(f"{share:.2%} of {len(stated)} are true; {len(missed)} are missed:")  # noqa: T201
    print("\n".join(map(str, missed)))  # noqa: T201
    assert share >= 0.97
