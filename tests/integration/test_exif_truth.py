"""Every photo of the EXIF collection says what its row of ``truth.csv`` says."""

import csv
from pathlib import Path

import pytest

from fieldmark.photo.exif import read_metadata
from fieldmark.photo.metadata import PhotoMetadata

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "exif"
NO_FIX = {"out_of_range", "malformed_or_half", "missing_ref", "null_island"}
SAFE_WITHOUT_SECONDS = "zero_denominator_seconds.jpg"
OFFSET_IN_XMP = {"xmp_only_dms.jpg": "+0200"}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the EXIF photos are not at ../shared/data/exif"
)


def rows() -> list[dict[str, str]]:
    if not FOLDER.is_dir():
        return []
    with (FOLDER / "truth.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def stated_place(row: dict[str, str]) -> tuple[float, float] | None:
    """Return the position of the row; one that a flag calls no fix is none."""
    untrusted = set(row["flags"].split("|")) & NO_FIX and row["file"] != SAFE_WITHOUT_SECONDS
    if not row["latitude"] or untrusted:
        return None
    return float(row["latitude"]), float(row["longitude"])


def read_place(metadata: PhotoMetadata) -> tuple[float, float] | None:
    position = metadata.position
    return None if position is None else (position.latitude, position.longitude)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_a_photo_says_what_the_truth_says(row: dict[str, str]) -> None:
    metadata = read_metadata((FOLDER / row["file"]).read_bytes())

    taken_at = metadata.taken_at
    assert read_place(metadata) == pytest.approx(stated_place(row), abs=1e-6)
    stated_at = row["datetime_original"].replace("-", ":").replace("T", " ")
    assert (f"{taken_at:%Y:%m:%d %H:%M:%S}" if taken_at else "") == stated_at
    offset = OFFSET_IN_XMP.get(row["file"], row["offset"].replace(":", ""))
    assert (f"{taken_at:%z}" if taken_at else "") == offset
    orientation = int(row["orientation"] or 1)
    assert metadata.orientation == (orientation if 1 <= orientation <= 8 else 1)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_a_position_that_is_not_used_is_explained(row: dict[str, str]) -> None:
    metadata = read_metadata((FOLDER / row["file"]).read_bytes())

    unused = row["gps_source"] and metadata.position is None
    assert not unused or any(note.code.startswith("position-") for note in metadata.notes)
