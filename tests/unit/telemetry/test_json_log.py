import io
import json
from datetime import UTC, datetime

from fakes import Recorder
from fieldmark.telemetry import Everyone, Silence
from fieldmark.telemetry.json_log import JsonLog

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_an_event_is_one_line_of_json() -> None:
    stream = io.StringIO()
    log = JsonLog(stream, lambda: NOON)

    log.event("request.answered", status=200, route="/v1/areas", problem=None)
    log.event("odd", text="line\nbreak")

    first, second = stream.getvalue().splitlines()
    assert json.loads(first) == {
        "at": "2026-11-26T12:00:00.000+00:00", "event": "request.answered", "status": 200,
        "route": "/v1/areas", "problem": None,
    }  # fmt: skip
    assert json.loads(second)["text"] == "line\nbreak"


def test_a_log_that_nobody_reads_any_more_does_not_stop_the_answer() -> None:
    stream = io.StringIO()
    stream.close()

    JsonLog(stream).event("request.answered")


def test_everyone_is_told() -> None:
    first, second = Recorder(), Recorder()

    Everyone([first, Silence(), second]).event("x", y=1)

    assert first.events == second.events == [("x", {"y": 1})]
