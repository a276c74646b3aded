from datetime import date
from pathlib import Path

import pytest

from fieldmark.domain.position import Position
from fieldmark.entrypoints.cli.inputs import (
    PhotoFile,
    gather,
    parse_day,
    read_manifest,
    with_defaults,
)
from fieldmark.errors import DateInvalid, PositionInvalid, RequestError

JPEG = b"\xff\xd8\xff\xe0 and so on"


def test_a_folder_gives_its_photos_sorted_and_passes_over_the_rest(tmp_path: Path) -> None:
    for name, content in {
        "b.jpg": JPEG,
        "a.JPG": JPEG,
        "no-extension": JPEG,
        "notes.txt": b"hello",
        ".hidden.jpg": JPEG,
        "deep/c.png": b"not a photo, but it says so",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    found = [Path(file.name).name for file in gather([str(tmp_path)])]

    assert found == ["a.JPG", "b.jpg", "c.png", "no-extension"]


def test_a_file_that_is_named_is_taken_whatever_it_is(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"

    assert [file.name for file in gather([str(notes)])] == [str(notes)]


def test_a_manifest_gives_photos_beside_it_with_place_and_day(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        "photo,latitude,longitude,taken_on\na.jpg,-24.99,31.55,2026-07-01\nb.jpg,,,\n"
    )

    assert read_manifest(manifest) == [
        PhotoFile(tmp_path / "a.jpg", "a.jpg", Position(-24.99, 31.55), date(2026, 7, 1)),
        PhotoFile(tmp_path / "b.jpg", "b.jpg", None, None),
    ]


@pytest.mark.parametrize(
    ("row", "error", "text"),
    [
        ("a.jpg,91,0,", PositionInvalid, "line 2: latitude is 91"),
        ("a.jpg,north,0,", PositionInvalid, "line 2: latitude 'north'"),
        ("a.jpg,10,,", PositionInvalid, "line 2"),
        ("a.jpg,,,2026-02-30", DateInvalid, "line 2: '2026-02-30'"),
        (",,,", RequestError, "line 2: no photo"),
    ],
)
def test_a_malformed_row_is_refused_by_its_line(
    tmp_path: Path, row: str, error: type[Exception], text: str
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"photo,latitude,longitude,taken_on\n{row}\n")

    with pytest.raises(error, match=text):
        read_manifest(manifest)


@pytest.mark.parametrize("content", [b"name\nx.jpg\n", b"\xff\xfe\x00bad", b""])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_bytes(content)

    with pytest.raises(RequestError, match=str(manifest)):
        read_manifest(manifest)


def test_what_holds_for_all_never_beats_what_a_photo_has_of_its_own() -> None:
    own, common = Position(1, 1), Position(2, 2)
    files = [PhotoFile(Path("a"), "a", own), PhotoFile(Path("b"), "b")]

    assert [file.at for file in with_defaults(files, common, None)] == [own, common]


@pytest.mark.parametrize("text", ["2026-13-01", "1.7.2026", "", "tomorrow"])
def test_a_day_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(DateInvalid, match="is no day"):
        parse_day(text)
