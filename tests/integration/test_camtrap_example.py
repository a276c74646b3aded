"""The example of Camtrap DP 1.0.2: camera traps for muskrats in Belgium and the Netherlands."""

from collections import Counter
from pathlib import Path

import pytest

from fieldmark.atlas.sources.camtrap_dp import CamtrapDp
from fieldmark.atlas.sources.formats import sampled
from staged_sources import Read

FOLDER = (
    Path(__file__).resolve().parents[2].parent / "shared" / "data" / "occurrence" / "camtrap_dp"
)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the camera traps are not at ../shared/data/occurrence/camtrap_dp"
)


@pytest.fixture(scope="module", params=["folder", "zip"])
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    path = FOLDER if request.param == "folder" else next(FOLDER.glob("*.zip"))
    assert CamtrapDp.fits(sampled(path))
    return Read(CamtrapDp(path), tmp_path_factory.mktemp("staged"))


def test_every_row_is_read(example: Read) -> None:
    assert len(example.records) == 549
    assert example.staged.unreadable == 0


def test_animals_have_names_and_all_else_has_none(example: Read) -> None:
    named = Counter(record["name_key"] is not None for record in example.records)

    assert named[True] == 29 + 337
    assert "Homo sapiens" not in example.names
    assert example.names["Ardea"]["rank"] == "genus"


def test_events_and_photos_tell_of_the_same_visits(example: Read) -> None:
    found = {
        (record["name_key"], record["observer"], record["date"])
        for record in example.records
        if record["name_key"]
    }

    assert len(found) < 29


def test_days_are_those_of_belgium(example: Read) -> None:
    days = {(visit["observer"], visit["date"]) for visit in example.visits or []}

    assert len(days) == 33 + 11 + 11 + 23
    assert {(record["observer"], record["date"]) for record in example.records} <= days


def test_the_data_are_free_and_the_licence_of_the_photos_is_not_taken(example: Read) -> None:
    provenance = example.staged.provenance

    assert provenance.licence == "CC0-1.0"
    assert {record["licence"] for record in example.records} == {"CC0-1.0"}
    assert "Desmet P" in provenance.notes[0]
