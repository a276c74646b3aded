"""Real files of occurrence records: as many rows come out as went in."""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from fieldmark.atlas.records.licences import Licence, read_licence
from records_out import names_of, opened, records_of

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "occurrence"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the occurrence files are not at ../shared/data/occurrence"
)


@pytest.mark.parametrize(
    ("file", "rows", "unreadable", "names"),
    [
        ("gbif_simple/gbif-felidos-cri.csv", 1013, 0, 18),
        ("gbif_parquet/gbif.parquet", 1000, 0, 599),
        ("gbif_parquet", 1000, 0, 599),
        ("inat/inaturalist-open-data", 48, 2, 48),
        ("inat/observations.csv", 50, 0, 1),
        ("inat/observations_export.csv", 47, 0, 21),
    ],
)
def test_each_row_is_a_record_or_counted(
    tmp_path: Path, file: str, rows: int, unreadable: int, names: int
) -> None:
    staged = opened(FOLDER / file).stage(tmp_path)

    records, named = records_of(staged), names_of(staged)

    assert (len(records), staged.unreadable) == (rows, unreadable)
    assert {record["name_key"] for record in records} == set(named)
    assert len(named) == names


def test_the_cats_of_costa_rica_are_read_as_their_description_says(tmp_path: Path) -> None:
    records = records_of(opened(FOLDER / "gbif_simple/gbif-felidos-cri.csv").stage(tmp_path))

    uncertain = [record["uncertainty_m"] for record in records]
    assert sum(metres is None for metres in uncertain) == 693
    assert sum(metres is not None and metres > 10_000 for metres in uncertain) == 148
    assert sum(record["licence"] == "CC_BY_NC_4_0" for record in records) == 971
    assert sum(record["basis"] == "MACHINE_OBSERVATION" for record in records) == 654
    assert sum(record["date"] is None for record in records) == 9
    places = sorted(
        (record["name_key"], record["latitude"], record["longitude"], record["date"])
        for record in records
        if record["date"] is not None
    )
    assert sum(a == b for a, b in itertools.pairwise(places)) > 300


def test_observations_of_inaturalist_without_a_licence_are_not_open(tmp_path: Path) -> None:
    records = records_of(opened(FOLDER / "inat/observations.csv").stage(tmp_path))

    licences = Counter(read_licence(record["licence"]) for record in records)
    assert licences == {Licence.BY_NC: 33, Licence.BY: 2, Licence.CC0: 1, Licence.OTHER: 14}


def test_rows_of_the_open_data_that_have_a_field_too_many_are_named(tmp_path: Path) -> None:
    staged = opened(FOLDER / "inat/inaturalist-open-data").stage(tmp_path)

    assert [note.rpartition("csv: ")[2] for note in staged.provenance.notes] == [
        "line 27: expected 8 columns, found 9",
        "line 28: expected 8 columns, found 9",
    ]
