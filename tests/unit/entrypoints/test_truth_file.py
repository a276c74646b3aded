from datetime import date
from pathlib import Path

import pytest

from fieldmark.domain.position import Position
from fieldmark.entrypoints.cli.truth_file import read_truth
from fieldmark.errors import RequestError
from fieldmark.evaluate import TruthRow

HEAD = "photo,latitude,longitude,taken_on,taxon,lineage,label,region\n"


def truth(tmp_path: Path, rows: str, head: str = HEAD) -> list[TruthRow]:
    path = tmp_path / "truth.csv"
    path.write_text(head + rows, encoding="utf-8")
    return read_truth(path)


def test_a_row_says_what_where_and_when(tmp_path: Path) -> None:
    rows = truth(
        tmp_path, "a.jpg,-24.99,31.55,2026-07-01,Panthera  leo,Mammalia>Felidae,0 1,Africa\n"
    )

    assert rows == [
        TruthRow(
            line=2,
            photo="a.jpg",
            path=tmp_path / "a.jpg",
            at=Position(-24.99, 31.55),
            on=date(2026, 7, 1),
            taxon="Panthera leo",
            lineage=("Mammalia", "Felidae"),
            labels=(0, 1),
            region="Africa",
        )
    ]


def test_all_but_photo_and_taxon_may_be_left_out(tmp_path: Path) -> None:
    (row,) = truth(tmp_path, "a.jpg,Panthera leo\n", "photo,taxon\n")

    assert (row.at, row.on, row.labels, row.lineage, row.region) == (None, None, None, (), None)


def test_none_says_that_the_model_has_no_class(tmp_path: Path) -> None:
    (row,) = truth(tmp_path, "a.jpg,,,,Dromaius novaehollandiae,,none,\n")

    assert row.labels == ()


def test_the_photos_may_lie_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("photo,taxon\na.jpg,Panthera leo\n", encoding="utf-8")

    (row,) = read_truth(path, tmp_path / "photos")

    assert row.path == tmp_path / "photos" / "a.jpg"


@pytest.mark.parametrize(
    ("rubbish", "message"),
    [
        ("a.jpg,,,,,,,\n", "line 2: neither taxon nor label"),
        ("a.jpg,,,,,,none,\n", "line 2: name the taxon"),
        ("a.jpg,,,,Panthera leo,,lion,\n", "line 2: label 'lion'"),
        ("a.jpg,,,,Panthera leo,,-1,\n", "line 2: label '-1'"),
        ("a.jpg,91,0,,Panthera leo,,,\n", "line 2: latitude is 91"),
        ("a.jpg,1,,,Panthera leo,,,\n", "line 2: latitude '1', longitude ''"),
        ("a.jpg,,,2026-02-30,Panthera leo,,,\n", "line 2: '2026-02-30'"),
        (",,,,Panthera leo,,,\n", "line 2: no photo"),
        ("a.jpg,,,,Panthera leo,,,\nb.jpg,,,x,Panthera leo,,,\n", "line 3: 'x'"),
        ("", "no photo is named"),
    ],
)
def test_rubbish_is_refused_by_line(tmp_path: Path, rubbish: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        truth(tmp_path, rubbish)


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no column 'photo'"):
        truth(tmp_path, "x\n", "image\n")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes(b"photo,taxon\n\xff\xfe\x00,x\n")

    with pytest.raises(RequestError, match="UTF-8"):
        read_truth(path)
