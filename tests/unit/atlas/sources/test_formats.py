"""A source is recognised from its content, packed or not."""

import zipfile
from pathlib import Path

import pytest

from fieldmark.atlas.sources import FORMATS, open_source
from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.plain_csv import PlainCsv
from fieldmark.errors import SourceBroken

TABLE = "taxon,latitude,longitude,date\n" + "Panthera leo,-24.99,31.55,2026-07-01\n" * 1000


def test_every_format_has_a_word_of_its_own() -> None:
    words = [one.word for one in FORMATS]

    assert sorted(set(words)) == sorted(words)


def test_a_name_says_nothing_about_the_format(tmp_path: Path) -> None:
    path = tmp_path / "ranges.parquet"
    path.write_text(TABLE)

    assert isinstance(open_source(path), PlainCsv)


def test_a_word_overrides_what_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("name,lat\n")

    assert isinstance(open_source(path, "csv"), PlainCsv)


def test_an_unknown_word_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=r"'xlsx' is no format; known are ranges, .*csv"):
        open_source(tmp_path / "x.xlsx", "xlsx")


def test_an_unknown_format_lists_the_known_with_their_words(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(256)))

    with pytest.raises(SourceBroken, match=r"no known format; .*GBIF's Parquet.*--as gbif-parquet"):
        open_source(path)


@pytest.mark.parametrize("kept", [10, 60])
def test_a_damaged_zip_is_called_damaged(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", TABLE)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(SourceBroken, match=r"is damaged .* and so of no known format"):
        open_source(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="nowhere cannot be read: No such file"):
        open_source(tmp_path / "nowhere")


def test_a_zip_of_several_tables_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", TABLE)
        archive.writestr("b.csv", TABLE)

    with (
        pytest.raises(SourceBroken, match="2 files, not one table; unpack it"),
        open_table(path),
    ):
        pass
