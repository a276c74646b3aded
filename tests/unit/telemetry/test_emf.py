"""CloudWatch counts what the log says, within the bounds of its format."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fake_identifier import lion_answer
from fakes import Recorder
from fieldmark.identify import report
from fieldmark.telemetry import Told
from fieldmark.telemetry.emf import Emf

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NOON_MS = 1795694400000


def said(name: str, **fields: Any) -> dict[str, Any]:
    stream = io.StringIO()
    Emf("ml", stream, lambda: NOON).event(name, **fields)
    (line,) = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def photo() -> dict[str, Any]:
    recorder = Recorder()
    report(recorder, lion_answer())
    ((name, fields),) = recorder.events
    return said(name, **fields, cold_start=True, init_ms=412.5, xray_trace_id=None)


def metrics(line: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    """Return the names of the metrics by the dimensions that they have."""
    return {
        tuple(dimensions): [metric["Name"] for metric in directive["Metrics"]]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
    }


def test_a_photo_is_one_line_with_its_stages_and_its_outcome() -> None:
    line = photo()

    assert line["event"] == "photo.identified"
    assert line["_aws"]["Timestamp"] == NOON_MS
    assert metrics(line) == {
        ("service",): ["read_ms", "total_ms", "init_ms", "area_animals", "cold_start", "photos"],
        ("service", "area_status"): ["photos"],
        ("service", "area_tier"): ["photos"],
        ("service", "model_version"): ["photos"],
    }


def test_every_metric_is_a_number_and_every_dimension_text() -> None:
    line = photo()

    for dimensions, names in metrics(line).items():
        assert all(isinstance(line[name], int | float) for name in names)
        assert not any(isinstance(line[name], bool) for name in names)
        assert all(isinstance(line[name], str) and line[name] for name in dimensions)


def test_the_bounds_of_the_format_are_kept() -> None:
    line = said("photo.identified", **{f"stage{n}_ms": 1.0 for n in range(200)})

    assert all(len(names) <= 100 for names in metrics(line).values())
    assert all(len(dimensions) <= 30 for dimensions in metrics(photo()))
    assert len(json.dumps(photo())) < 256 * 1024


def test_neither_area_nor_taxon_is_a_dimension() -> None:
    dimensions = {name for names in metrics(photo()) for name in names}

    assert dimensions == {"service", "area_status", "area_tier", "model_version"}


def test_a_refusal_is_counted_by_its_problem() -> None:
    line = said("photo.refused", problem="photo-unreadable", status=422)

    assert metrics(line) == {("service",): ["refusals"], ("service", "problem"): ["refusals"]}


@pytest.mark.parametrize(
    ("status", "shed", "faults"), [(200, 0, 0), (422, 0, 0), (429, 1, 0), (503, 1, 0), (500, 0, 1)]
)
def test_a_request_is_counted_by_what_became_of_it(status: int, shed: int, faults: int) -> None:
    line = said("request.answered", status=status, total_ms=12.5)

    assert metrics(line) == {("service",): ["requests", "shed", "faults", "request_ms"]}
    assert (line["shed"], line["faults"], line["request_ms"]) == (shed, faults, 12.5)


def test_other_events_are_lines_of_the_log_alone() -> None:
    assert said("journal.swept", forgotten=3) == {
        "at": "2026-11-26T12:00:00.000+00:00", "event": "journal.swept", "forgotten": 3,
    }  # fmt: skip


def test_a_log_that_nobody_reads_any_more_does_not_stop_the_answer() -> None:
    stream = io.StringIO()
    stream.close()

    Emf("ml", stream).event("photo.identified")


def test_what_holds_of_a_request_is_said_with_each_of_its_events() -> None:
    recorder = Recorder()
    told = Told(recorder)

    told.about(request_id="1")
    told.event("a", x=1)
    told.about(request_id="2", cold_start=False)
    told.event("b", request_id="own")

    assert recorder.events == [
        ("a", {"request_id": "1", "x": 1}),
        ("b", {"request_id": "own", "cold_start": False}),
    ]
