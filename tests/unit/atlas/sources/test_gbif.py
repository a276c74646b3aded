"""GBIF's simple CSV and its Parquet mean the same."""

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from fieldmark.atlas.sources.gbif_csv import GbifCsv
from fieldmark.atlas.sources.gbif_parquet import GbifParquet
from fieldmark.errors import SourceBroken
from records_out import names_of, opened, records_of

COLUMNS = (
    "gbifID", "datasetKey", "kingdom", "phylum", "class", "order", "family", "genus", "species",
    "infraspecificEpithet", "taxonRank", "scientificName", "countryCode", "occurrenceStatus",
    "decimalLatitude", "decimalLongitude", "coordinateUncertaintyInMeters", "eventDate", "day",
    "month", "year", "taxonKey", "basisOfRecord", "license", "recordedBy", "establishmentMeans",
)  # fmt: skip
INATURALIST = "50c9509d-22c7-4a22-a47d-8c48425ef4a7"
JAGUAR = {
    "gbifID": "1", "datasetKey": "d1", "kingdom": "Animalia", "phylum": "Chordata",
    "class": "Mammalia", "order": "Carnivora", "family": "Felidae", "genus": "Panthera",
    "species": "Panthera onca", "taxonRank": "SPECIES",
    "scientificName": "Panthera onca (Linnaeus, 1758)", "countryCode": "CR",
    "occurrenceStatus": "PRESENT", "decimalLatitude": "8.54", "decimalLongitude": "-83.57",
    "coordinateUncertaintyInMeters": "30.0", "eventDate": "2014-02-01T10:00", "day": "1",
    "month": "2", "year": "2014", "taxonKey": "5219426", "basisOfRecord": "HUMAN_OBSERVATION",
    "license": "CC_BY_4_0", "recordedBy": 'J. "Pepe" Mora',
}  # fmt: skip


def _text(*rows: dict[str, str]) -> str:
    lines = ["\t".join(COLUMNS), *("\t".join(row.get(c, "") for c in COLUMNS) for row in rows)]
    return "\n".join(lines) + "\n"


def _csv(folder: Path, *changes: dict[str, str]) -> Path:
    path = folder / "occurrences.csv"
    path.write_text(_text(*(JAGUAR | change for change in changes)))
    return path


def _parquet(path: Path, text: str) -> Path:
    numbers = dict.fromkeys(("decimalLatitude", "decimalLongitude"), pa.float64()) | dict.fromkeys(
        ("day", "month", "year", "taxonKey"), pa.int32()
    )
    types = {name: numbers.get(name, pa.string()) for name in COLUMNS}
    table = pacsv.read_csv(
        io.BytesIO(text.encode()),
        parse_options=pacsv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=pacsv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )
    people = [[one] if one else None for one in table["recordedBy"].to_pylist()]
    listed = table.set_column(
        COLUMNS.index("recordedBy"), "recordedBy", pa.array(people, pa.list_(pa.string()))
    )
    pq.write_table(listed.rename_columns([name.lower() for name in COLUMNS]), path)
    return path


def test_a_row_is_a_record(tmp_path: Path) -> None:
    (record,) = records_of(opened(_csv(tmp_path, {})).stage(tmp_path))

    assert record == {
        "name_key": "5219426",
        "latitude": 8.54,
        "longitude": -83.57,
        "uncertainty_m": 30.0,
        "country": "CR",
        "date": 20140201,
        "observer": 'J. "Pepe" Mora',
        "dataset": "d1",
        "basis": "HUMAN_OBSERVATION",
        "absent": False,
        "captive": False,
        "obscured": False,
        "licence": "CC_BY_4_0",
    }


def test_a_name_has_its_lineage_and_no_author(tmp_path: Path) -> None:
    names = names_of(opened(_csv(tmp_path, {}, {})).stage(tmp_path))

    assert names == {
        "5219426": {
            "name_key": "5219426",
            "taxon_id": None,
            "scientific_name": "Panthera onca",
            "rank": "species",
            "kingdom": "Animalia",
            "phylum": "Chordata",
            "class": "Mammalia",
            "order": "Carnivora",
            "family": "Felidae",
            "genus": "Panthera",
            "species": "Panthera onca",
        }
    }


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"taxonRank": "GENUS"}, "Panthera"),
        ({"taxonRank": "FAMILY"}, "Felidae"),
        ({"taxonRank": "SUBSPECIES", "infraspecificEpithet": "onca"}, "Panthera onca onca"),
        ({"taxonRank": "UNRANKED", "scientificName": "BOLD:AAA1234"}, "BOLD:AAA1234"),
    ],
)
def test_a_name_of_another_rank_is_that_of_its_rank(
    tmp_path: Path, change: dict[str, str], name: str
) -> None:
    names = names_of(opened(_csv(tmp_path, change)).stage(tmp_path))

    assert names["5219426"]["scientific_name"] == name


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"occurrenceStatus": "ABSENT"}, "absent", True),
        ({"basisOfRecord": "LIVING_SPECIMEN"}, "captive", True),
        ({"establishmentMeans": "MANAGED"}, "captive", True),
        ({"decimalLatitude": ""}, "latitude", None),
        ({"year": "", "month": "", "day": "", "eventDate": ""}, "date", None),
        ({"year": "", "month": "", "day": ""}, "date", 20140201),
        ({"day": "", "eventDate": "2014-02-01/2014-02-05"}, "date", 20140200),
        ({"taxonKey": ""}, "name_key", None),
    ],
)
def test_what_gbif_says_is_kept(
    tmp_path: Path, change: dict[str, str], column: str, value: object
) -> None:
    (record,) = records_of(opened(_csv(tmp_path, change)).stage(tmp_path))

    assert record[column] == value


@pytest.mark.parametrize(
    ("dataset", "uncertainty", "obscured"),
    [(INATURALIST, "31273", True), (INATURALIST, "10000", False), ("d1", "31273", False)],
)
def test_the_accuracy_of_inaturalist_tells_obscured_coordinates(
    tmp_path: Path,
    dataset: str,
    uncertainty: str,
    obscured: bool,  # noqa: FBT001
) -> None:
    change = {"datasetKey": dataset, "coordinateUncertaintyInMeters": uncertainty}

    (record,) = records_of(opened(_csv(tmp_path, change)).stage(tmp_path))

    assert record["obscured"] is obscured


def test_parquet_means_the_same_and_is_not_copied(tmp_path: Path) -> None:
    text = _text(JAGUAR, JAGUAR | {"recordedBy": "", "day": "", "gbifID": "2"})
    (tmp_path / "o.csv").write_text(text)
    parquet = opened(_parquet(tmp_path / "o.parquet", text))
    into = tmp_path / "into"
    into.mkdir()

    staged = parquet.stage(into)

    plain = opened(tmp_path / "o.csv").stage(tmp_path)
    assert isinstance(parquet, GbifParquet)
    assert (records_of(staged), names_of(staged)) == (records_of(plain), names_of(plain))
    assert not list(into.iterdir())


@pytest.mark.parametrize("pattern", ["", "*", "*.parquet"])
def test_a_folder_and_a_glob_are_all_their_files(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "occurrence.parquet"
    folder.mkdir()
    for name in ("000000.parquet", "000001.parquet"):
        _parquet(folder / name, _text(JAGUAR))

    staged = opened(f"{folder}/{pattern}").stage(tmp_path)

    assert len(records_of(staged)) == 2


def test_the_public_bucket_is_left_to_the_engine(tmp_path: Path) -> None:
    address = "s3://gbif-open-data-us-east-1/occurrence/2026-11-01/occurrence.parquet"

    staged = opened(address).stage(tmp_path)

    assert staged.tables == {"occurrence": [f"{address}/*"]}
    assert opened(f"{address}/*").stage(tmp_path).tables == staged.tables
    assert "2026-11-01" in staged.provenance.title


@pytest.mark.parametrize("cut", [8, 200])
def test_parquet_that_was_cut_short_is_named(tmp_path: Path, cut: int) -> None:
    whole = _parquet(tmp_path / "o.parquet", _text(JAGUAR))
    whole.write_bytes(whole.read_bytes()[:cut])

    with pytest.raises(SourceBroken, match=r"o\.parquet is no whole Parquet file"):
        opened(whole).stage(tmp_path)


def test_a_stranger_among_the_files_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "occurrence"
    folder.mkdir()
    _parquet(folder / "0", _text(JAGUAR))
    pq.write_table(pa.table({"a": [1]}), folder / "1")

    with pytest.raises(SourceBroken, match="1 has not GBIF's columns: datasetkey, "):
        opened(folder).stage(tmp_path)


def test_a_download_is_a_zip_named_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0012345-240202131308920.csv", _text(JAGUAR, JAGUAR))

    source = opened(path)
    staged = source.stage(tmp_path)

    assert isinstance(source, GbifCsv)
    assert len(records_of(staged)) == 2
    assert staged.provenance.title == "GBIF occurrence download 0012345-240202131308920"
    assert staged.provenance.dataset_keys == ["d1"]


def test_a_gzip_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "o.csv.gz"
    path.write_bytes(gzip.compress(_text(JAGUAR).encode()))

    assert len(records_of(opened(path).stage(tmp_path))) == 1


def test_rows_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(_text(JAGUAR) + "a\tbroken\nline\n")

    staged = opened(path).stage(tmp_path)

    assert staged.unreadable == 2
    assert staged.provenance.notes[0].endswith("line 3: expected 26 columns, found 2")
