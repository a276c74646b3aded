"""iNaturalist's open data and exports."""

import gzip
import zipfile
from pathlib import Path

import pytest

from fieldmark.atlas.records.licences import Licence, read_licence
from fieldmark.atlas.sources.inaturalist import InaturalistTables
from fieldmark.atlas.sources.inaturalist_export import InaturalistExport
from fieldmark.errors import SourceBroken
from records_out import names_of, opened, records_of

OBSERVATIONS = (
    "observation_uuid\tobserver_id\tlatitude\tlongitude\tpositional_accuracy\ttaxon_id\t"
    "quality_grade\tobserved_on\n"
    "u1\t505\t38.82\t-77.08\t12\t41944\tresearch\t2011-05-30\n"
    "u2\t347\t38.8247\t-77.0884\t28181\t41944\tneeds_id\t2011-06-02\n"
    "u3\t347\t\t\t\t999\tcasual\t\n"
)
TAXA = (
    "taxon_id\tancestry\trank_level\trank\tname\tactive\n"
    "48460\t\t100\tstateofmatter\tLife\ttrue\n"
    "1\t48460\t70\tkingdom\tAnimalia\ttrue\n"
    "40151\t48460/1\t50\tclass\tMammalia\ttrue\n"
    "41942\t48460/1/40151\t20\tgenus\tPanthera\ttrue\n"
    "41944\t48460/1/40151/41942\t10\tspecies\tPanthera onca\ttrue\n"
)
SITE = (
    "id,observed_on,user_id,user_login,license,captive_cultivated,latitude,longitude,"
    "positional_accuracy,public_positional_accuracy,coordinates_obscured,scientific_name,"
    "iconic_taxon_name,taxon_id\n"
    '1,2019-08-13,7,"jo, k",CC-BY-NC,true,41.6,-93.7,9,27000,true,Panthera onca,Mammalia,41944\n'
)
API = (
    "id,captive,obscured,location,observed_on,license_code,public_positional_accuracy,taxon.id,"
    "taxon.name,taxon.rank,taxon.iconic_taxon_name,user.id\n"
    '1,False,True,"(41.6, -93.7)",2022-05-17 17:06:31-06:00,CC0,27000.0,41944.0,Panthera onca,'
    "species,Mammalia,7\n"
)


def _folder(parent: Path, ending: str = "") -> Path:
    folder = parent / "inaturalist"
    folder.mkdir()
    for name, content in (("observations.csv", OBSERVATIONS), ("taxa.csv", TAXA)):
        packed = gzip.compress(content.encode()) if ending else content.encode()
        (folder / f"{name}{ending}").write_bytes(packed)
    return folder


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_of_tables_is_a_source(tmp_path: Path, ending: str) -> None:
    source = opened(_folder(tmp_path, ending))

    first, *_ = records_of(source.stage(tmp_path))

    assert isinstance(source, InaturalistTables)
    assert first["name_key"] == "41944"
    assert (first["latitude"], first["longitude"], first["uncertainty_m"]) == (38.82, -77.08, 12)
    assert (first["observer"], first["date"], first["captive"]) == ("505", 20110530, False)


def test_the_accuracy_tells_obscured_coordinates_and_the_grade_captives(tmp_path: Path) -> None:
    records = records_of(opened(_folder(tmp_path)).stage(tmp_path))

    assert [record["obscured"] for record in records] == [False, True, False]
    assert [record["captive"] for record in records] == [False, False, True]


def test_a_taxon_has_its_id_and_its_lineage_by_rank(tmp_path: Path) -> None:
    names = names_of(opened(_folder(tmp_path)).stage(tmp_path))

    assert names["41944"] == {
        "name_key": "41944",
        "taxon_id": "41944",
        "scientific_name": "Panthera onca",
        "rank": "species",
        "kingdom": "Animalia",
        "phylum": None,
        "class": "Mammalia",
        "order": None,
        "family": None,
        "genus": "Panthera",
        "species": "Panthera onca",
    }
    assert set(names) == {"41944", "999"}


def test_a_taxon_that_the_table_lacks_has_its_id_alone(tmp_path: Path) -> None:
    lost = names_of(opened(_folder(tmp_path)).stage(tmp_path))["999"]

    assert (lost["taxon_id"], lost["scientific_name"]) == ("999", None)


def test_the_tables_may_be_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/observations.csv", OBSERVATIONS)
        archive.writestr("data/taxa.csv", TAXA)

    assert len(records_of(opened(path).stage(tmp_path))) == 3


def test_tables_without_taxa_are_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "taxa.csv").unlink()

    with pytest.raises(SourceBroken, match=r"holds no taxa\.csv"):
        opened(folder, "inaturalist").stage(tmp_path)


def test_tables_with_other_columns_are_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "taxa.csv").write_text("id\tname\n1\tAnimalia\n")

    with pytest.raises(SourceBroken, match=r"taxa\.csv:1: no column ancestry, rank, taxon_id"):
        opened(folder).stage(tmp_path)


@pytest.mark.parametrize("content", [SITE, API])
def test_an_export_knows_what_is_obscured_and_by_whom(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content)
    source = opened(path)

    (record,) = records_of(source.stage(tmp_path))

    assert isinstance(source, InaturalistExport)
    assert (record["latitude"], record["longitude"]) == (41.6, -93.7)
    assert (record["uncertainty_m"], record["obscured"]) == (27000.0, True)
    assert (record["name_key"], record["observer"]) == ("41944", "7")
    assert record["captive"] is (content is SITE)


@pytest.mark.parametrize("nothing", ["", "NA", "None"])
@pytest.mark.parametrize("content", [SITE.replace("CC-BY-NC", "{}"), API.replace("CC0", "{}")])
def test_a_licence_that_is_left_blank_reserves_all_rights(
    tmp_path: Path, content: str, nothing: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content.format(nothing))

    (record,) = records_of(opened(path).stage(tmp_path))

    assert read_licence(record["licence"]) is Licence.OTHER


@pytest.mark.parametrize(("content", "licence"), [(SITE, Licence.BY_NC), (API, Licence.CC0)])
def test_a_licence_that_is_stated_is_that_of_the_record(
    tmp_path: Path, content: str, licence: Licence
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content)

    (record,) = records_of(opened(path).stage(tmp_path))

    assert read_licence(record["licence"]) is licence


@pytest.mark.parametrize(
    "content",
    [
        SITE.replace("license,", "").replace("CC-BY-NC,", ""),
        API.replace("license_code,", "").replace("CC0,", ""),
    ],
)
def test_an_export_without_a_column_of_licences_states_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content)

    (record,) = records_of(opened(path).stage(tmp_path))

    assert record["licence"] is None


@pytest.mark.parametrize("content", [SITE, API])
def test_an_export_tells_the_class_by_its_icon(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content)

    name = names_of(opened(path).stage(tmp_path))["41944"]

    assert (name["taxon_id"], name["scientific_name"]) == ("41944", "Panthera onca")
    assert (name["kingdom"], name["class"]) == ("Animalia", "Mammalia")


def test_a_table_that_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("id,species\n1,x\n")

    with pytest.raises(
        SourceBroken, match="no export of iNaturalist; its first line names taxon_id"
    ):
        opened(path, "inaturalist-export").stage(tmp_path)
