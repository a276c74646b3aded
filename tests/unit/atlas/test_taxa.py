"""The taxa of a build: labels and ancestors of a model bundle."""

from pathlib import Path

import pytest

from fieldmark.atlas.taxa import read_taxa
from fieldmark.domain.taxon import Rank
from fieldmark.errors import SourceBroken

ANCESTORS = """taxon_id,scientific_name,common_name,rank
40151,Mammalia,mammals,class
41944,Felidae,,family
"""
LABELS = """index,name,taxon_id,scientific_name,common_name,rank,lineage,setting
0,lion,41964,Panthera leo,lion,species,Mammalia>Felidae,wild
1,tabby,118552,Felis catus,domestic cat,species,Mammalia>Felidae,domestic
2,teapot,,,,,,
"""


def _folder(tmp_path: Path, labels: str = LABELS) -> Path:
    (tmp_path / "labels.csv").write_text(labels)
    (tmp_path / "ancestors.csv").write_text(ANCESTORS)
    return tmp_path


def test_taxa_come_with_lineage_and_setting(tmp_path: Path) -> None:
    taxa = read_taxa(_folder(tmp_path))

    assert set(taxa.by_id) == {41964, 118552}
    assert taxa.wild == {41964}
    lion = taxa.by_id[41964]
    assert (lion.scientific_name, lion.common_name, lion.rank) == (
        "Panthera leo",
        "lion",
        Rank.SPECIES,
    )
    assert [(a.id, a.common_name, a.rank) for a in lion.lineage] == [
        (40151, "mammals", Rank.CLASS),
        (41944, None, Rank.FAMILY),
    ]


def test_a_missing_file_says_where_taxa_come_from(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=r"ancestors\.csv cannot be read.*--taxa"):
        read_taxa(tmp_path)


@pytest.mark.parametrize(
    "row",
    [
        "0,lion,lion,Panthera leo,lion,species,Mammalia,wild",
        "0,lion,41964,Panthera leo,lion,kind,Mammalia,wild",
        "0,lion,41964,Panthera leo,lion,species,Reptilia,wild",
    ],
    ids=["id", "rank", "ancestor"],
)
def test_a_broken_label_is_named_by_line(tmp_path: Path, row: str) -> None:
    header = LABELS.splitlines()[0]

    with pytest.raises(SourceBroken, match=r"labels\.csv:2: 'Panthera leo'"):
        read_taxa(_folder(tmp_path, f"{header}\n{row}\n"))


def _other(tmp_path: Path, labels: str) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return _folder(folder, f"{LABELS.splitlines()[0]}\n{labels}\n")


def test_the_taxa_of_two_models_come_together(tmp_path: Path) -> None:
    other = _other(
        tmp_path,
        "0,cat,118552,Felis catus,cat,species,Mammalia>Felidae,wild\n"
        "1,cats,41944,Felidae,cats,family,Mammalia,wild",
    )

    taxa = read_taxa(_folder(tmp_path), other)

    assert set(taxa.by_id) == {41964, 118552, 41944}
    assert taxa.wild == {41964, 118552, 41944}
    assert taxa.conflicts == ()


def test_where_two_models_differ_the_first_counts_and_the_difference_is_named(
    tmp_path: Path,
) -> None:
    other = _other(tmp_path, "0,lion,41964,Panthera leo,lion,genus,Mammalia,wild")

    taxa = read_taxa(_folder(tmp_path), other)

    assert taxa.by_id[41964].rank is Rank.SPECIES
    rank, lineage = taxa.conflicts
    assert "taxon 41964 (Panthera leo) has rank genus, not species" in rank
    assert "has lineage Mammalia, not Mammalia>Felidae" in lineage


def test_one_id_with_two_names_stops_the_build(tmp_path: Path) -> None:
    other = _other(tmp_path, "0,lion,41964,Panthera spelaea,lion,species,Mammalia>Felidae,wild")

    with pytest.raises(SourceBroken, match=r"taxon 41964 is 'Panthera spelaea'.*'Panthera leo'"):
        read_taxa(_folder(tmp_path), other)


def test_a_broken_ancestor_is_named_by_line(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "ancestors.csv").write_text(ANCESTORS + "x,Canidae,,family\n")

    with pytest.raises(SourceBroken, match=r"ancestors\.csv:4: no sound ancestor"):
        read_taxa(folder)
