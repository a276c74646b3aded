"""``fieldmark journal recover``: what the log holds comes into the journal, once."""

import gzip
import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_identifier import lion_answer
from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.entrypoints.cli import log_events
from fieldmark.entrypoints.cli.app import run
from fieldmark.entrypoints.cli.log_events import events_of, lines_of
from fieldmark.identify import new_id
from fieldmark.ports import Entry
from fieldmark.telemetry.json_log import JsonLog
from fieldmark.wire import DEFERRED, answer_out, deferred_fields, journal_document

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def entry(id_: str) -> Entry:
    document = journal_document(answer_out(replace(lion_answer(), id=id_)))
    return Entry(id_, NOW, document, "0f" * 32)


ENTRIES = [entry(new_id()) for _ in range(3)]


def line_of(one: Entry) -> str:
    """Return the line that the service's log writes."""
    stream = io.StringIO()
    JsonLog(stream).event(DEFERRED, **deferred_fields(one))
    return stream.getvalue()


LINES = [line_of(one) for one in ENTRIES]


def wrapped(pairs: Sequence[tuple[str, object]]) -> list[dict[str, object]]:
    return [{"timestamp": 1, name: line, "eventId": "9"} for name, line in pairs]


MESSAGES = wrapped([("message", line.rstrip()) for line in LINES])
FORMS: dict[str, str] = {
    "as the service writes it": "".join(LINES),
    "with a time before it": "".join(f"2026-07-01T12:00:00.000Z {line}" for line in LINES),
    "as aws logs tail shows it": "".join(f"2026-07-01T12:00 web/1/ab {line}" for line in LINES),
    "as Lambda writes text": "".join(f"2026-07-01\trequest-id\tINFO\t{line}" for line in LINES),
    "as aws logs filter-log-events prints it": json.dumps({"events": MESSAGES}, indent=4),
    "as aws logs gives it in one line": json.dumps({"events": MESSAGES}),
    "as Logs Insights exports it": json.dumps(wrapped([("@message", line) for line in LINES])),
    "as a subscription delivers it": json.dumps(
        {"messageType": "DATA_MESSAGE", "logEvents": MESSAGES}
    ),
    "as Lambda wraps it in JSON": "".join(
        json.dumps({"level": "INFO", "message": json.loads(line)}) + "\n" for line in LINES
    ),
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDMARK_JOURNAL", str(tmp_path / "journal.sqlite"))
    return tmp_path / "journal.sqlite"


def held(path: Path) -> list[Entry]:
    with closing(SqliteJournal(path)) as journal:
        found = [journal.find(one.id) for one in ENTRIES]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_answers_are_taken_in_from_each_form_of_a_log(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    log = tmp_path / "log"
    log.write_text(form, encoding="utf-8")

    assert run(["journal", "recover", str(log)]) == 0

    assert held(path) == ENTRIES
    assert capsys.readouterr().out == "3 taken in, 0 there already, 0 broken\n"


def test_other_lines_of_a_log_are_passed_over(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    other = ['{"event": "photo.identified"}\n', "START RequestId: 1\n", "\n", "\xff{{{\n"]
    log.write_text("".join([*other, LINES[0], *other]), encoding="latin-1")

    assert run(["journal", "recover", str(log)]) == 0

    assert held(path) == ENTRIES[:1]
    assert capsys.readouterr().err == ""


def test_a_log_that_is_read_again_changes_nothing(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    log.write_text("".join([*LINES, LINES[0]]), encoding="utf-8")

    run(["journal", "recover", str(log)])
    assert run(["journal", "recover", str(log), str(log)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "3 taken in, 1 there already, 0 broken",
        "0 taken in, 8 there already, 0 broken",
    ]
    assert held(path) == ENTRIES


def test_broken_events_are_named_and_the_rest_is_taken_in(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    stolen = replace(ENTRIES[0], token_sha256="1f" * 32)
    broken = [LINES[0][:200] + "\n", LINES[0].replace('"id"', '"di"', 1), line_of(stolen)]
    log.write_text("".join([LINES[0], *broken, *LINES[1:]]), encoding="utf-8")

    assert run(["journal", "recover", str(log)]) == 1

    out, err = capsys.readouterr()
    assert out == "3 taken in, 0 there already, 3 broken\n"
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{log}:{n}" for n in (2, 3, 4)]
    assert "there is another answer" in err
    assert held(path) == ENTRIES


@pytest.mark.parametrize("packed", [gzip.compress, bytes])
def test_standard_input_and_packed_files_are_read(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    packed: Callable[[bytes], bytes],
) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(packed(LINES[0].encode()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES[1].encode())))

    assert run(["journal", "recover", str(log), "-"]) == 0

    assert held(path) == ENTRIES[:2]


@pytest.mark.parametrize("data", [gzip.compress(LINES[0].encode())[:-20], b"\x1f\x8bnonsense"])
def test_a_packed_file_that_is_broken_is_named(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(data)

    assert run(["journal", "recover", str(log)]) == 2

    assert f"{log} cannot be read" in capsys.readouterr().err
    assert held(path) == []


def test_without_a_file_or_a_journal_it_says_so(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["journal", "recover", str(tmp_path / "nothing")]) == 2
    assert run(["journal", "recover"]) == 2
    path.write_bytes(b"something else, and long enough to be read" * 100)
    log = tmp_path / "log"
    log.write_text(LINES[0], encoding="utf-8")
    assert run(["journal", "recover", str(log)]) == 3
    monkeypatch.setenv("FIELDMARK_JOURNAL", "off")
    assert run(["journal", "recover", str(log)]) == 3
    assert "FIELDMARK_JOURNAL is off" in capsys.readouterr().err


def test_a_line_that_is_too_long_is_passed_over_and_not_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_events, "MOST_LINE_BYTES", 10)
    file = io.BytesIO(b"short\n" + b"x" * 95 + b"\nexactly10\n" + b"y" * 11)

    assert list(lines_of(file)) == [(1, b"short\n"), (2, None), (3, b"exactly10\n"), (4, None)]


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "{" * 100_000])
def test_nesting_without_end_is_no_event(deep: str) -> None:
    assert events_of(f"{deep}{DEFERRED}".encode(), DEFERRED) is None


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_line_breaks_the_reading(before: bytes, after: bytes) -> None:
    found = events_of(before + DEFERRED.encode() + after, DEFERRED)

    assert found is None or all(event["event"] == DEFERRED for event in found)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(LINES[0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(_JSON)
def test_events_found_in_any_json_are_whole(value: object) -> None:
    for event in events_of(json.dumps(value).encode(), DEFERRED) or []:
        assert event == json.loads(LINES[0])
