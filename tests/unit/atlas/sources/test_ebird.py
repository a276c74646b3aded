"""The eBird Basic Dataset: what is a bird there, who looked, and what was effort.

Its terms forbid giving a real file on, so these are small files of the documented shape.
"""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from fieldmark.atlas.sources.ebird import LICENCE, EbirdDataset
from fieldmark.atlas.sources.formats import sampled
from fieldmark.errors import SourceBroken
from staged_sources import Read

# Releases of 2025; the trailing tab gives a last column without a name.
EVENT: Final = (
    "COUNTRY", "COUNTRY CODE", "STATE", "STATE CODE", "COUNTY", "COUNTY CODE", "IBA CODE",
    "BCR CODE", "USFWS CODE", "ATLAS BLOCK", "LOCALITY", "LOCALITY ID", "LOCALITY TYPE",
    "LATITUDE", "LONGITUDE", "OBSERVATION DATE", "TIME OBSERVATIONS STARTED", "OBSERVER ID",
    "OBSERVER ORCID ID", "SAMPLING EVENT IDENTIFIER", "OBSERVATION TYPE", "PROTOCOL NAME",
    "PROTOCOL CODE", "PROJECT NAMES", "PROJECT IDENTIFIERS", "DURATION MINUTES",
    "EFFORT DISTANCE KM", "EFFORT AREA HA", "NUMBER OBSERVERS", "ALL SPECIES REPORTED",
    "GROUP IDENTIFIER",
)  # fmt: skip
OBSERVATION: Final = (
    "GLOBAL UNIQUE IDENTIFIER", "LAST EDITED DATE", "TAXONOMIC ORDER", "CATEGORY",
    "TAXON CONCEPT ID", "COMMON NAME", "SCIENTIFIC NAME", "SUBSPECIES COMMON NAME",
    "SUBSPECIES SCIENTIFIC NAME", "EXOTIC CODE", "OBSERVATION COUNT", "BREEDING CODE",
    "BREEDING CATEGORY", "BEHAVIOR CODE", "AGE/SEX", *EVENT, "HAS MEDIA", "APPROVED", "REVIEWED",
    "REASON", "CHECKLIST COMMENTS", "SPECIES COMMENTS",
)  # fmt: skip
SAMPLING: Final = ("LAST EDITED DATE", *EVENT, "CHECKLIST COMMENTS")
TYPICAL: Final = {
    "CATEGORY": "species",
    "SCIENTIFIC NAME": "Turdus merula",
    "OBSERVATION COUNT": "2",
    "COUNTRY CODE": "DE",
    "LOCALITY TYPE": "P",
    "LATITUDE": "52.5",
    "LONGITUDE": "13.4",
    "OBSERVATION DATE": "2024-05-03",
    "OBSERVER ID": "obsr1",
    "SAMPLING EVENT IDENTIFIER": "S1",
    "ALL SPECIES REPORTED": "1",
    "APPROVED": "1",
}


def _table(columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    lines = [
        columns,
        *(tuple((TYPICAL | row).get(column, "") for column in columns) for row in rows),
    ]
    return "".join("\t".join(line) + "\t\n" for line in lines)


def _file(
    tmp_path: Path, *rows: dict[str, str], sampling: list[dict[str, str]] | None = None
) -> Path:
    path = tmp_path / "ebd_DE_relAug-2025.txt"
    path.write_text(_table(OBSERVATION, *rows), encoding="utf-8")
    if sampling is not None:
        beside = tmp_path / "ebd_DE_relAug-2025_sampling.txt"
        beside.write_text(_table(SAMPLING, *sampling), encoding="utf-8")
    return path


def _read(tmp_path: Path, *rows: dict[str, str], **more: Any) -> Read:
    return Read(EbirdDataset(_file(tmp_path, *rows, **more)), tmp_path / "staged")


def _record(tmp_path: Path, **row: str) -> dict[str, Any]:
    named = {key.replace("_", " "): value for key, value in row.items()}
    (record,) = _read(tmp_path, named).records
    return record


def test_an_observation_is_a_record(tmp_path: Path) -> None:
    assert _record(tmp_path) == {
        "name_key": "Turdus merula",
        "latitude": 52.5,
        "longitude": 13.4,
        "uncertainty_m": None,
        "country": "DE",
        "date": 20240503,
        "observer": "obsr1",
        "dataset": "eBird",
        "basis": "HUMAN_OBSERVATION",
        "absent": False,
        "captive": False,
        "obscured": False,
        "licence": LICENCE,
    }


def test_a_name_says_that_it_is_a_bird(tmp_path: Path) -> None:
    read = _read(tmp_path, {}, {}, {"SCIENTIFIC NAME": "Corvus corax"})

    assert sorted(read.names) == ["Corvus corax", "Turdus merula"]
    assert read.names["Corvus corax"]["class"] == "Aves"
    assert read.names["Corvus corax"]["genus"] == "Corvus"


def test_what_names_a_species_counts_for_it(tmp_path: Path) -> None:
    kinds = ("species", "issf", "form", "intergrade", "domestic")

    read = _read(tmp_path, *({"CATEGORY": kind} for kind in kinds))

    assert [record["name_key"] for record in read.records] == ["Turdus merula"] * len(kinds)


def test_what_names_no_species_has_no_name(tmp_path: Path) -> None:
    read = _read(tmp_path, *({"CATEGORY": kind} for kind in ("spuh", "slash", "hybrid")))

    assert [record["name_key"] for record in read.records] == [None] * 3
    assert read.names == {}


def test_what_a_reviewer_did_not_approve_has_no_name(tmp_path: Path) -> None:
    assert _record(tmp_path, APPROVED="0")["name_key"] is None


def test_a_count_of_nought_is_an_absence(tmp_path: Path) -> None:
    read = _read(tmp_path, *({"OBSERVATION COUNT": count} for count in ("0", "X", "12")))

    assert [record["absent"] for record in read.records] == [True, False, False]


def test_an_escapee_is_captive_and_what_has_settled_is_not(tmp_path: Path) -> None:
    captive = {
        ("species", "X"): True,
        ("species", "N"): False,
        ("species", "P"): False,
        ("species", ""): False,
        ("domestic", "N"): False,
        ("domestic", ""): True,
    }

    read = _read(tmp_path, *({"CATEGORY": kind, "EXOTIC CODE": code} for kind, code in captive))

    assert [record["captive"] for record in read.records] == list(captive.values())


def test_a_place_is_as_exact_as_its_kind_or_the_way_gone(tmp_path: Path) -> None:
    metres = {
        ("H", ""): None,
        ("P", "2.5"): 2500.0,
        ("T", ""): 5000.0,
        ("C", ""): 50_000.0,
        ("S", "1"): 200_000.0,
    }

    read = _read(
        tmp_path, *({"LOCALITY TYPE": kind, "EFFORT DISTANCE KM": km} for kind, km in metres)
    )

    assert [record["uncertainty_m"] for record in read.records] == list(metres.values())


def test_a_shared_checklist_is_one_visit(tmp_path: Path) -> None:
    shared = [
        {"OBSERVER ID": f"obsr{n}", "SAMPLING EVENT IDENTIFIER": f"S{n}", "GROUP IDENTIFIER": "G7"}
        for n in (1, 2, 3)
    ]

    read = _read(tmp_path, *shared, sampling=shared)

    assert {record["observer"] for record in read.records} == {"G7"}
    assert read.visits == [
        {"latitude": 52.5, "longitude": 13.4, "date": 20240503, "observer": "G7"}
    ]


def test_only_complete_checklists_of_a_place_are_visits(tmp_path: Path) -> None:
    sampling = [
        {"OBSERVER ID": "complete"},
        {"OBSERVER ID": "incomplete", "ALL SPECIES REPORTED": "0"},
        {"OBSERVER ID": "county", "LOCALITY TYPE": "C"},
    ]

    visits = _read(tmp_path, {}, sampling=sampling).visits

    assert [visit["observer"] for visit in visits or []] == ["complete"]


def test_without_sampling_events_there_are_no_visits_and_that_is_told(tmp_path: Path) -> None:
    read = _read(tmp_path, {})

    assert read.visits is None
    assert any("without its sampling events" in note for note in read.staged.provenance.notes)


def test_a_stray_quote_swallows_no_line(tmp_path: Path) -> None:
    read = _read(tmp_path, {"SPECIES COMMENTS": '"a nest'}, {"SPECIES COMMENTS": "it's"}, {})

    assert len(read.records) == 3


def test_columns_of_other_releases_are_not_missed(tmp_path: Path) -> None:
    old = tuple(name for name in OBSERVATION if name not in {"EXOTIC CODE", "OBSERVATION TYPE"})
    path = tmp_path / "ebd_relMay-2018.txt"
    path.write_text(_table(old, {}), encoding="utf-8")

    assert EbirdDataset.fits(sampled(path))
    assert Read(EbirdDataset(path), tmp_path / "staged").records[0]["captive"] is False


def _zip(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return path


def _tar(path: Path, name: str, content: str) -> Path:
    packed = gzip.compress(content.encode())
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(packed)
        archive.addfile(entry, io.BytesIO(packed))
    return path


def test_a_custom_download_is_read_as_it_comes(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "ebd_DE_relAug-2025.zip",
        **{
            "ebd_DE_relAug-2025": _table(OBSERVATION, {}),
            "ebd_DE_relAug-2025_sampling": _table(SAMPLING, {}, {"OBSERVER ID": "obsr2"}),
            "BCRCodes": "1\tAleutian\n",
        },
    )

    read = Read(EbirdDataset(path), tmp_path / "staged")

    assert EbirdDataset.fits(sampled(path))
    assert len(read.records) == 1
    assert len(read.visits or []) == 2


def test_the_tars_of_the_whole_world_are_read_as_they_come(tmp_path: Path) -> None:
    path = _tar(
        tmp_path / "ebd_relAug-2025.tar", "ebd_relAug-2025.txt.gz", _table(OBSERVATION, {}, {})
    )
    _tar(
        tmp_path / "ebd_sampling_relAug-2025.tar",
        "ebd_sampling_relAug-2025.txt.gz",
        _table(SAMPLING, {}),
    )

    read = Read(EbirdDataset(path), tmp_path / "staged")

    assert EbirdDataset.fits(sampled(path))
    assert len(read.records) == 2
    assert len(read.visits or []) == 1


def test_a_table_that_is_packed_alone_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ebd_relAug-2025.txt.gz"
    path.write_bytes(gzip.compress(_table(OBSERVATION, {}).encode()))

    assert EbirdDataset.fits(sampled(path))
    assert len(Read(EbirdDataset(path), tmp_path / "staged").records) == 1


def test_a_table_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ebd_relAug-2025.txt.gz"
    path.write_bytes(gzip.compress(_table(OBSERVATION, *[{}] * 2000).encode())[:-20])

    with pytest.raises(SourceBroken, match="ebd_relAug-2025"):
        EbirdDataset(path).stage(tmp_path)


def test_two_tables_of_observations_are_two_sources(tmp_path: Path) -> None:
    table = _table(OBSERVATION, {})
    path = _zip(tmp_path / "both.zip", ebd_one=table, ebd_two=table)

    with pytest.raises(SourceBroken, match=r"both.zip: 2 tables of observations and 0 of sampling"):
        EbirdDataset(path).stage(tmp_path)


def test_sampling_events_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, {}, sampling=[])
    path.with_name("ebd_DE_relAug-2025_sampling.txt").write_text("A\tB\n1\t2\n", encoding="utf-8")

    with pytest.raises(SourceBroken, match=r"_sampling.txt is no table of eBird's: it lacks LATI"):
        EbirdDataset(path).stage(tmp_path)


def test_another_table_is_not_of_ebird(tmp_path: Path) -> None:
    path = tmp_path / "occurrence.txt"
    path.write_text("gbifID\tspecies\n1\tTurdus merula\n", encoding="utf-8")

    assert not EbirdDataset.fits(sampled(path))
