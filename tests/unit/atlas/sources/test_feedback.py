"""Feedback as a source: what a keeper confirmed, and no flood of it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import h3.api.basic_int as h3
import msgspec
import pytest

from fieldmark.atlas.sources.feedback import MOST_A_DAY, FeedbackExport
from fieldmark.atlas.sources.formats import Sample, sampled
from fieldmark.errors import SourceBroken
from fieldmark.wire import FeedbackOut, encode
from staged_sources import Read

CELL: Final = h3.latlng_to_cell(52.5, 13.4, 3)
SAID: Final = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


def _feedback(**given: Any) -> FeedbackOut:
    typical: dict[str, Any] = {
        "id": "f1", "answer_id": "a1", "said_at": SAID, "verdict": "right", "taxon_id": None,
        "scientific_name": None, "common_name": None, "taxon_was": 42069,
        "scientific_name_was": "Vulpes vulpes", "common_name_was": "red fox",
        "cell": h3.int_to_str(CELL), "month": 5, "model": "toy 1", "judgement": "confirmed",
    }  # fmt: skip
    return FeedbackOut(**(typical | given))


def _csv(tmp_path: Path, *said: FeedbackOut) -> Path:
    text = io.StringIO()
    rows = csv.DictWriter(text, FeedbackOut.__struct_fields__, lineterminator="\n")
    rows.writeheader()
    rows.writerows(msgspec.to_builtins(one) for one in said)
    path = tmp_path / "feedback.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _read(tmp_path: Path, *said: FeedbackOut) -> Read:
    return Read(FeedbackExport(_csv(tmp_path, *said)), tmp_path / "staged")


def test_what_a_keeper_confirmed_is_a_record_in_the_middle_of_its_cell(tmp_path: Path) -> None:
    read = _read(tmp_path, _feedback())

    latitude, longitude = h3.cell_to_latlng(CELL)
    (record,) = read.records
    assert (record["latitude"], record["longitude"]) == (latitude, longitude)
    assert record["name_key"] == "42069"
    assert record["date"] == 20260500
    assert record["observer"] == "2026-07-14"
    assert read.names["42069"]["taxon_id"] == "42069"
    assert read.names["42069"]["scientific_name"] == "Vulpes vulpes"


def test_a_record_is_as_uncertain_as_its_cell_is_wide(tmp_path: Path) -> None:
    fine = h3.int_to_str(h3.latlng_to_cell(52.5, 13.4, 4))

    coarse, finer = _read(tmp_path, _feedback(), _feedback(id="f2", cell=fine)).records

    assert 60_000 < coarse["uncertainty_m"] < 75_000
    assert 20_000 < finer["uncertainty_m"] < 30_000


def test_a_wrong_answer_counts_for_what_the_person_says(tmp_path: Path) -> None:
    said = _feedback(verdict="wrong", taxon_id=42048, scientific_name="Canis lupus")

    assert _read(tmp_path, said).records[0]["name_key"] == "42048"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"judgement": "open"}, "no keeper confirmed them"),
        ({"judgement": "rejected"}, "no keeper confirmed them"),
        ({"verdict": "wrong"}, "they name no animal"),
        ({"verdict": "not_an_animal"}, "they name no animal"),
    ],
)
def test_what_is_not_confirmed_or_names_no_animal_has_no_name(
    given: dict[str, Any], why: str, tmp_path: Path
) -> None:
    read = _read(tmp_path, _feedback(**given))

    assert read.records[0]["name_key"] is None
    assert read.staged.provenance.notes == [f"1 rows count for nothing: {why}"]


def test_of_one_day_no_more_than_so_many_count(tmp_path: Path) -> None:
    flood = [
        _feedback(id=f"f{n:04}", taxon_was=n, said_at=SAID + timedelta(seconds=n))
        for n in range(1, MOST_A_DAY + 6)
    ]
    later = _feedback(id="later", said_at=SAID + timedelta(days=1))

    records = _read(tmp_path, *flood, later).records

    assert sum(record["name_key"] is not None for record in records) == MOST_A_DAY + 1
    assert len(records) == MOST_A_DAY + 6


def test_what_is_said_twice_on_one_day_is_one_visit(tmp_path: Path) -> None:
    first, second = _read(
        tmp_path, _feedback(), _feedback(id="f2", said_at=SAID + timedelta(hours=3))
    ).records

    assert first == second


@pytest.mark.parametrize(
    ("month", "date"), [(7, 20260700), (6, 20260600), (8, 20250800), (None, 20260000)]
)
def test_the_year_is_that_of_the_last_such_month(
    month: int | None, date: int, tmp_path: Path
) -> None:
    assert _read(tmp_path, _feedback(month=month)).records[0]["date"] == date


def test_an_answer_without_a_place_gives_a_record_without_one(tmp_path: Path) -> None:
    assert _read(tmp_path, _feedback(cell=None)).records[0]["latitude"] is None


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    said = [_feedback(), _feedback(id="f2", month=None, cell=None)]
    path = tmp_path / "feedback.jsonl"
    path.write_text("".join(encode(one) + "\n" for one in said), encoding="utf-8")

    as_json = Read(FeedbackExport(path), tmp_path / "json")

    assert FeedbackExport.fits(sampled(path))
    assert as_json.records == _read(tmp_path, *said).records


def test_an_export_is_known_by_its_content(tmp_path: Path) -> None:
    assert FeedbackExport.fits(sampled(_csv(tmp_path, _feedback())))
    assert not FeedbackExport.fits(Sample("f", head=b"id,taxon\n"))
    assert not FeedbackExport.fits(Sample("f", head=b'{"id":"01JD","photo":"lion.jpg"}\n'))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("confirmed", "sure", r"feedback.csv:2: .*judgement"),
        ("2026-07-14", "yesterday", r"feedback.csv:2: "),
        (h3.int_to_str(CELL), "123", "feedback f1: cell is '123'"),
        (h3.int_to_str(CELL), "x", "feedback f1: cell is 'x'"),
    ],
)
def test_a_damaged_export_is_refused(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = _csv(tmp_path, _feedback())
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(SourceBroken, match=says):
        FeedbackExport(path).stage(tmp_path)
