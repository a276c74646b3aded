"""Names of records → the taxa of the atlas that they count for."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from fieldmark.atlas.records.matching import Match, NameMatcher
from fieldmark.atlas.records.names import match_names, species_named
from fieldmark.atlas.records.source_names import SourceName, names_in
from fieldmark.atlas.records.synonyms import SHIPPED, read_synonyms
from fieldmark.atlas.sources.occurrences import NAMES
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas.taxonomy import Entry, Taxonomy
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import SourceBroken

MAMMALS = Ancestor(40151, "Mammalia", "mammals", Rank.CLASS)
CARNIVORES = Ancestor(41573, "Carnivora", None, Rank.ORDER)
CATS = Ancestor(41944, "Felidae", "cats", Rank.FAMILY)
BIRDS = Ancestor(3, "Aves", "birds", Rank.CLASS)
CAT_LINE = (MAMMALS, CARNIVORES, CATS)
FELIDS = Taxon(41944, "Felidae", "cats", Rank.FAMILY, (MAMMALS, CARNIVORES))
BIG_CATS = Taxon(41962, "Panthera", "big cats", Rank.GENUS, CAT_LINE)
PANTHERA = Ancestor(41962, "Panthera", "big cats", Rank.GENUS)
JAGUAR = Taxon(41970, "Panthera onca", "jaguar", Rank.SPECIES, (*CAT_LINE, PANTHERA))
COUGAR = Taxon(42007, "Puma concolor", "cougar", Rank.SPECIES, CAT_LINE)
OTTERS = Taxon(526556, "Lutrinae", "otters", Rank.SUBFAMILY, (MAMMALS, CARNIVORES))
TABBY = Taxon(118552, "Felis catus", "cat", Rank.SPECIES, CAT_LINE)
STARLINGS = Taxon(14832, "Oenanthe", "wheatears", Rank.GENUS, (BIRDS,))
ALL = (FELIDS, BIG_CATS, JAGUAR, COUGAR, OTTERS, TABBY, STARLINGS)
TAXA = Taxa({t.id: t for t in ALL}, frozenset(t.id for t in ALL if t is not TABBY))
FELINE = SourceName(
    "1",
    kingdom="Animalia",
    phylum="Chordata",
    class_="Mammalia",
    order="Carnivora",
    family="Felidae",
)
ONCA = replace(
    FELINE,
    scientific_name="Panthera onca (Linnaeus, 1758)",
    rank="SPECIES",
    genus="Panthera",
    species="Panthera onca",
)


def matched(name: SourceName, taxonomy: Taxonomy | None = None) -> Match:
    return NameMatcher(TAXA, read_synonyms(SHIPPED), taxonomy).match(name)


def ids(*taxa: Taxon) -> tuple[int, ...]:
    return tuple(sorted(taxon.id for taxon in taxa))


def test_a_record_counts_for_its_taxon_and_for_each_group_above_it() -> None:
    assert matched(ONCA) == Match(ids(JAGUAR, BIG_CATS, FELIDS), 40151)


def test_a_subspecies_counts_for_its_species() -> None:
    name = replace(
        ONCA, scientific_name="Panthera onca centralis (Mearns, 1901)", rank="SUBSPECIES"
    )

    assert matched(name).taxa == ids(JAGUAR, BIG_CATS, FELIDS)
    assert matched(SourceName("1", scientific_name=name.scientific_name)).taxa == ids(
        JAGUAR, BIG_CATS, FELIDS
    )


def test_a_species_without_a_label_counts_for_its_genus() -> None:
    name = replace(ONCA, scientific_name="Panthera leo", species="Panthera leo")

    assert matched(name).taxa == ids(BIG_CATS, FELIDS)


def test_a_record_that_is_wider_than_every_taxon_counts_for_none_and_tells_effort() -> None:
    name = replace(FELINE, family=None, scientific_name="Carnivora", rank="ORDER")

    assert matched(name) == Match((), 40151)


def test_a_genus_does_not_count_for_its_species() -> None:
    name = replace(FELINE, scientific_name="Puma", rank="GENUS", genus="Puma")

    assert matched(name).taxa == ids(FELIDS)


def test_the_inaturalist_id_has_the_first_word() -> None:
    assert matched(SourceName("1", 41970, "Felis silvestris")).taxa == ids(JAGUAR, BIG_CATS, FELIDS)


def test_an_id_that_no_label_has_leaves_the_name_to_tell() -> None:
    assert matched(SourceName("1", 7, "Panthera onca")).taxa == ids(JAGUAR, BIG_CATS, FELIDS)


@pytest.mark.parametrize("text", ["Panthera onca", "PANTHERA ONCA", "Panthera_onca"])
def test_a_name_alone_is_enough(text: str) -> None:
    assert matched(SourceName("1", scientific_name=text)) == Match(
        ids(JAGUAR, BIG_CATS, FELIDS), 40151
    )


def test_a_synonym_counts_for_the_accepted_name() -> None:
    assert matched(SourceName("1", scientific_name="Felis concolor Linnaeus, 1771")).taxa == ids(
        COUGAR, FELIDS
    )


def test_the_source_s_accepted_species_counts_not_the_genus_of_the_name_as_written() -> None:
    name = replace(
        FELINE,
        scientific_name="Felis pardalis mearnsi J.A.Allen, 1904",
        rank="SUBSPECIES",
        genus="Leopardus",
        species="Leopardus pardalis",
    )
    felis = Taxon(118551, "Felis", None, Rank.GENUS, CAT_LINE)
    taxa = Taxa({**TAXA.by_id, felis.id: felis}, TAXA.wild | {felis.id})

    assert NameMatcher(taxa, {}).match(name).taxa == ids(FELIDS)


def test_a_homonym_of_another_class_or_kingdom_does_not_count() -> None:
    bird = SourceName("1", scientific_name="Oenanthe oenanthe", class_="Aves")
    wrong = replace(bird, class_="Insecta")
    plant = replace(bird, kingdom="Plantae", class_="Magnoliopsida")

    assert matched(bird).taxa == ids(STARLINGS)
    assert matched(wrong) == Match((), 47158)
    assert matched(plant) == Match((), None)


def test_a_doubtful_name_counts_for_what_is_certain() -> None:
    name = replace(FELINE, scientific_name="Panthera cf. onca", rank="SPECIES", genus="Panthera")

    assert matched(name).taxa == ids(BIG_CATS, FELIDS)


@pytest.mark.parametrize(
    "name",
    [
        replace(ONCA, scientific_name="Panthera onca \N{MULTIPLICATION SIGN} leo"),
        replace(ONCA, rank="hybrid"),
    ],
)
def test_a_hybrid_counts_for_the_genus_of_its_parents(name: SourceName) -> None:
    assert matched(name).taxa == ids(BIG_CATS, FELIDS)


def test_groups_that_sources_leave_out_gather_their_genera() -> None:
    name = SourceName(
        "1",
        scientific_name="Lutra lutra",
        class_="Mammalia",
        order="Carnivora",
        family="Mustelidae",
        genus="Lutra",
        species="Lutra lutra",
    )

    assert matched(name).taxa == ids(OTTERS)


def test_a_domestic_animal_is_known_and_counts_for_nothing() -> None:
    assert matched(SourceName("1", scientific_name="Felis catus")) == Match((), 40151, judged=False)
    assert matched(SourceName("1", 118552)) == Match((), 40151, judged=False)


JAGUAR_ENTRY = Entry(
    41970,
    "Panthera onca",
    Rank.SPECIES,
    "Animalia",
    (("phylum", "Chordata"), ("class", "Mammalia"), ("order", "Carnivora"), ("family", "Felidae"),
     ("genus", "Panthera")),
)  # fmt: skip
LION_ENTRY = replace(JAGUAR_ENTRY, id=41964, name="Panthera leo")
PLANT_ENTRY = Entry(53206, "Oenanthe crocata", Rank.SPECIES, "Plantae",
                    (("phylum", "Tracheophyta"),))  # fmt: skip
TAXONOMY = Taxonomy([JAGUAR_ENTRY, LION_ENTRY, PLANT_ENTRY])


def test_the_taxonomy_gives_a_bare_name_its_lineage() -> None:
    name = SourceName("1", scientific_name="Panthera leo")

    assert matched(name, TAXONOMY) == Match(ids(BIG_CATS, FELIDS), 40151)


def test_the_taxonomy_tells_what_is_no_animal() -> None:
    assert matched(SourceName("1", scientific_name="Oenanthe crocata"), TAXONOMY).group is None


def test_taxa_of_an_atlas_without_a_model_are_the_species_that_sources_name() -> None:
    entries = [
        JAGUAR_ENTRY,
        replace(JAGUAR_ENTRY, id=1, name="Panthera onca centralis", rank=Rank.SUBSPECIES),
        Entry(41962, "Panthera", Rank.GENUS, "Animalia", JAGUAR_ENTRY.lineage[:-1]),
        Entry(40151, "Mammalia", Rank.CLASS, "Animalia", JAGUAR_ENTRY.lineage[:1]),
        PLANT_ENTRY,
    ]
    names = [
        SourceName("1", scientific_name="Panthera onca centralis"),
        SourceName("2", scientific_name="Panthera"),
        SourceName("3", scientific_name="Oenanthe crocata"),
        SourceName("4", scientific_name="Nobody knows"),
    ]

    taxa = species_named(names, Taxonomy(entries))

    assert taxa.wild == {41970}
    assert [(a.id, a.rank) for a in taxa.by_id[41970].lineage] == [
        (40151, Rank.CLASS),
        (41962, Rank.GENUS),
    ]


def table(*names: SourceName) -> pa.Table:
    columns: dict[str, list[object]] = {column: [] for column in (*NAMES.names, "rows")}
    for name in names:
        said = {
            "name_key": name.key,
            "taxon_id": None if name.taxon_id is None else str(name.taxon_id),
            "class": name.class_,
        }
        for column, values in columns.items():
            values.append(said[column] if column in said else getattr(name, column))
    schema = pa.schema([(c, pa.int64() if c == "rows" else pa.string()) for c in columns])
    return pa.table(columns, schema=schema)


def test_each_name_has_a_row_for_each_of_its_taxa_and_one_where_it_has_none() -> None:
    names = table(
        replace(ONCA, key="a"),
        SourceName("b", scientific_name="Bufo bufo", class_="Amphibia"),
        SourceName("c", scientific_name="Quercus robur", kingdom="Plantae"),
    )

    found = match_names(names, NameMatcher(TAXA, {})).table

    assert found.to_pylist() == [
        *(
            {"name_key": "a", "taxon_id": id_, "group": 40151}
            for id_ in ids(JAGUAR, BIG_CATS, FELIDS)
        ),
        {"name_key": "b", "taxon_id": None, "group": 20978},
        {"name_key": "c", "taxon_id": None, "group": None},
    ]


def test_unmatched_animals_are_listed_by_how_many_rows_have_them() -> None:
    names = table(
        SourceName("a", scientific_name="Bufo bufo (Linnaeus, 1758)", rows=2),
        SourceName("b", scientific_name="Bufo bufo", rows=3),
        SourceName("c", scientific_name="Rana temporaria", rows=9),
        SourceName("d", scientific_name="Quercus robur", kingdom="Plantae", rows=99),
        SourceName("e", rows=1),
        replace(ONCA, key="f", rows=50),
    )

    found = match_names(names, NameMatcher(TAXA, {}))

    assert found.unmatched == [("Rana temporaria", 9), ("Bufo bufo", 5), ("(e)", 1)]
    assert found.unmatched_rows == 15
    assert match_names(names, NameMatcher(TAXA, {}), most_listed=1).unmatched == [
        ("Rana temporaria", 9)
    ]


def test_an_empty_table_matches_nothing() -> None:
    found = match_names(table(), NameMatcher(TAXA, {}))

    assert found.table.num_rows == 0
    assert found.table.column_names == ["name_key", "taxon_id", "group"]


def test_what_to_ask_a_taxonomy_for_are_names_genera_and_ids() -> None:
    texts, known = names_in([replace(ONCA, taxon_id=7)])

    assert texts == {"Panthera onca", "Panthera"}
    assert known == {7}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,accepted\n", r"synonyms\.csv:1: the header must be"),
        ("name,accepted,source\nFelis concolor\n", r":2: 1 columns instead of 3"),
        ("name,accepted,source\n12,Puma concolor,x\n", r":2: column name: '12'"),
        ("name,accepted,source\nFelis concolor,?,x\n", r":2: column accepted: '\?'"),
        ("name,accepted,source\nPuma concolor,puma concolor,x\n", r":2: .* another name of itself"),
    ],
)
def test_a_broken_table_of_synonyms_is_named_by_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "synonyms.csv"
    path.write_text(text)

    with pytest.raises(SourceBroken, match=says):
        read_synonyms(path)


def test_a_later_table_of_synonyms_has_the_last_word_and_may_give_an_id(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name,accepted,source\nFelis concolor,41970,a test\n")
    matcher = NameMatcher(TAXA, read_synonyms(SHIPPED, path))

    found = matcher.match(SourceName("1", scientific_name="Felis concolor"))

    assert found.taxa == ids(JAGUAR, BIG_CATS, FELIDS)
