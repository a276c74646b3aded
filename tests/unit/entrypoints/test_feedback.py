"""``fieldmark feedback``: listing, judging and exporting what people said."""

import csv
import json
import stat
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.entrypoints.cli.app import run
from fieldmark.ports import Feedback, Judgement

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
JAGUAR, LION, UNKNOWN = 41970, 41964, 2**31 - 1


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDMARK_JOURNAL", str(tmp_path / "journal.sqlite"))
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> SqliteJournal:
    """Three of feedback: the first is open, the second confirmed, the third rejected."""
    said: Sequence[tuple[str, int | None, int | None, Judgement]] = (
        ("first", JAGUAR, LION, "open"),
        ("second", UNKNOWN, None, "confirmed"),
        ("third", None, LION, "rejected"),
    )
    journal = SqliteJournal(path)
    for hours, (id_, taxon_id, was, judged) in enumerate(said):
        at = NOON + timedelta(hours=hours)
        journal.add_feedback(
            Feedback(id_, "a", at, "wrong", taxon_id, was, "83bcd2fffffffff", 7, "fake 1", judged)
        )
    journal.close()
    return journal


def judgements(path: Path) -> dict[str, str]:
    with closing(SqliteJournal(path)) as journal:
        return {said.id: said.judgement for said in journal.feedback()}


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("options", "listed"),
    [
        ((), ["first"]),
        (("--judgement", "open"), ["first"]),
        (("--judgement", "confirmed"), ["second"]),
        (("--judgement", "rejected"), ["third"]),
        (("--judgement", "all"), ["first", "second", "third"]),
    ],
)
def test_feedback_is_listed_by_judgement_the_oldest_first(
    capsys: pytest.CaptureFixture[str], options: Sequence[str], listed: Sequence[str]
) -> None:
    assert run(["feedback", "list", "--json", *options]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == listed


@pytest.mark.usefixtures("journal")
def test_taxa_have_the_names_that_the_atlas_knows(capsys: pytest.CaptureFixture[str]) -> None:
    run(["feedback", "list", "--json", "--judgement", "all"])

    first, second, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["scientific_name"], first["scientific_name_was"]) == (
        "Panthera onca",
        "Panthera leo",
    )
    assert (second["taxon_id"], second["scientific_name"]) == (UNKNOWN, None)


@pytest.mark.usefixtures("journal")
def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["feedback", "list", "--judgement", "all"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert "2026-07-01 12:00" in lines[1]
    assert "lion" in lines[1].casefold()
    assert "jaguar" in lines[1].casefold()
    assert f"taxon {UNKNOWN}" in lines[2]
    assert "rejected" in lines[3]


@pytest.mark.usefixtures("path")
def test_a_journal_that_nobody_has_written_holds_no_feedback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["feedback", "list"]) == 0
    assert capsys.readouterr().out == "There is no open feedback.\n"
    assert run(["feedback", "list", "--judgement", "all"]) == 0
    assert capsys.readouterr().out == "There is no feedback.\n"


@pytest.mark.usefixtures("journal")
def test_feedback_is_judged_and_judged_again(path: Path) -> None:
    assert run(["feedback", "confirm", "first", "third", "first"]) == 0
    assert judgements(path) == {"first": "confirmed", "second": "confirmed", "third": "confirmed"}

    assert run(["feedback", "reject", "second"]) == 0
    assert judgements(path)["second"] == "rejected"


@pytest.mark.usefixtures("journal")
def test_an_unknown_id_judges_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["feedback", "confirm", "first", "nonsense"]) == 2

    assert "'nonsense'" in capsys.readouterr().err
    assert judgements(path)["first"] == "open"


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("options", "ids"), [((), ["second"]), (("--all",), ["first", "second", "third"])]
)
def test_an_export_has_what_is_confirmed_or_all(
    tmp_path: Path, options: Sequence[str], ids: Sequence[str]
) -> None:
    assert run(["feedback", "export", str(tmp_path / "out.csv"), *options]) == 0
    assert run(["feedback", "export", str(tmp_path / "out.jsonl"), *options]) == 0

    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [line["id"] for line in lines] == ids
    as_text = [{k: "" if v is None else str(v) for k, v in line.items()} for line in lines]
    assert rows == as_text
    assert not {"latitude", "longitude"} & rows[0].keys()
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600


@pytest.mark.usefixtures("journal")
def test_an_export_replaces_an_earlier_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "exports" / "out.jsonl"
    out.parent.mkdir()
    out.write_text("earlier")

    assert run(["feedback", "export", str(out)]) == 0

    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]
    assert out.read_text().startswith('{"id":"second"')


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(("name", "code"), [("out.txt", 2), ("nowhere/out.csv", 3)])
def test_an_export_that_cannot_be_written_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    assert run(["feedback", "export", str(tmp_path / name)]) == code

    assert capsys.readouterr().err.startswith(f"fieldmark: {tmp_path}/")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "command", [("list",), ("confirm", "a"), ("reject", "a"), ("export", "out.csv")]
)
def test_a_journal_that_is_off_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Sequence[str]
) -> None:
    monkeypatch.setenv("FIELDMARK_JOURNAL", "off")

    assert run(["feedback", *command]) == 3

    assert "FIELDMARK_JOURNAL is off" in capsys.readouterr().err
