"""A table of records that somebody wrote."""

from pathlib import Path

import pytest

from fieldmark.atlas.sources.plain_csv import PlainCsv
from fieldmark.errors import SourceBroken
from records_out import names_of, opened, records_of

LION = "Panthera leo,-24.99,31.55,2026-07-01"


def _file(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "sightings.csv"
    path.write_bytes(content.encode(encoding))
    return path


def test_four_columns_are_a_record(tmp_path: Path) -> None:
    source = opened(_file(tmp_path, f"taxon,latitude,longitude,date\n{LION}\n"))
    staged = source.stage(tmp_path)

    (record,) = records_of(staged)

    assert isinstance(source, PlainCsv)
    assert {name: value for name, value in record.items() if value is not None} == {
        "name_key": "Panthera leo",
        "latitude": -24.99,
        "longitude": 31.55,
        "date": 20260701,
        "dataset": "sightings.csv",
        "absent": False,
        "captive": False,
        "obscured": False,
    }
    assert names_of(staged)["Panthera leo"]["scientific_name"] == "Panthera leo"


def test_what_one_knows_may_stand_beside_them_in_any_order_and_case(tmp_path: Path) -> None:
    content = (
        "Radius_M,Observer,Count,CAPTIVE,Licence,Date,Longitude,Latitude,Taxon,colour\n"
        "50,Ann,0,yes,CC0,2026,31.55,-24.99,Panthera leo,yellow\n"
    )

    (record,) = records_of(opened(_file(tmp_path, content)).stage(tmp_path))

    assert record["uncertainty_m"] == 50.0
    assert (record["observer"], record["licence"], record["date"]) == ("Ann", "CC0", 20260000)
    assert (record["absent"], record["captive"]) == (True, True)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(tmp_path: Path, separator: str) -> None:
    content = f"taxon,latitude,longitude,date\n{LION}\n".replace(",", separator)

    (record,) = records_of(opened(_file(tmp_path, content)).stage(tmp_path))

    assert record["longitude"] == 31.55


def test_decimals_may_have_a_comma(tmp_path: Path) -> None:
    content = "taxon;latitude;longitude;date\nPanthera leo;-24,99;31,55;2026\n"

    (record,) = records_of(opened(_file(tmp_path, content)).stage(tmp_path))

    assert (record["latitude"], record["longitude"]) == (-24.99, 31.55)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheet_may_write_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    content = f"taxon,latitude,longitude,date,observer\n{LION},Zoë\n"

    (record,) = records_of(opened(_file(tmp_path, content, encoding)).stage(tmp_path))

    assert record["observer"] == "Zoë"


def test_a_table_without_a_needed_column_is_refused_by_name(tmp_path: Path) -> None:
    path = _file(tmp_path, "taxon,latitude,date\nPanthera leo,-24.99,2026\n")

    with pytest.raises(SourceBroken, match=r"sightings\.csv:1: no column longitude; the first"):
        opened(path, "csv").stage(tmp_path)


def test_a_table_with_names_alone_holds_no_record(tmp_path: Path) -> None:
    staged = opened(_file(tmp_path, "taxon,latitude,longitude,date\n")).stage(tmp_path)

    assert (records_of(staged), names_of(staged)) == ([], {})
