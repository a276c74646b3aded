"""Where outcomes go: JSON Lines or CSV, in a file that an interrupted run can resume."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from fieldmark.entrypoints.cli.batch import Outcome
from fieldmark.entrypoints.problems import problem_of
from fieldmark.errors import RequestError
from fieldmark.wire import AnswerOut, FailureOut, answer_out, encode

__all__ = ["ResultFile", "json_line"]

CSV_COLUMNS: Final = (
    "photo", "taxon_id", "scientific_name", "common_name", "rank", "score", "rolled_up",
    "confident", "first_scientific_name", "first_score", "first_image_score", "first_here",
    "not_an_animal", "latitude", "longitude", "position_source", "cell", "month", "area_status",
    "atlas", "model", "notes", "problem", "detail",
)  # fmt: skip


class _Named(msgspec.Struct):
    """What a resumed run needs of a line: whose it is, and whether it failed."""

    photo: str | None
    problem: dict[str, object] | None = None


def json_line(outcome: Outcome) -> str:
    """Return the outcome as one line of JSON."""
    if outcome.answer is not None:
        return encode(answer_out(outcome.answer)) + "\n"
    assert outcome.error is not None  # noqa: S101  # an outcome is one or the other
    return encode(FailureOut(outcome.photo, problem_of(outcome.error))) + "\n"


def csv_line(outcome: Outcome) -> str:
    """Return the outcome as one line of CSV, in the order of ``CSV_COLUMNS``."""
    text = io.StringIO()
    row = (
        _failure_row(outcome)
        if outcome.answer is None
        else _answer_row(outcome.photo, answer_out(outcome.answer))
    )
    csv.DictWriter(text, CSV_COLUMNS, restval="", lineterminator="\n").writerow(row)
    return text.getvalue()


def _failure_row(outcome: Outcome) -> dict[str, object]:
    assert outcome.error is not None  # noqa: S101  # an outcome is one or the other
    problem = problem_of(outcome.error)
    detail = " ".join(problem.detail.split())
    return {"photo": outcome.photo, "problem": problem.type, "detail": detail}


def _answer_row(photo: str, answer: AnswerOut) -> dict[str, object]:
    row: dict[str, object] = {
        "photo": photo,
        "first_scientific_name": answer.animals[0].taxon.scientific_name,
        "first_score": answer.animals[0].score,
        "first_image_score": answer.animals[0].image_score,
        "first_here": answer.animals[0].here,
        "not_an_animal": answer.not_an_animal,
        "latitude": answer.position.latitude,
        "longitude": answer.position.longitude,
        "position_source": answer.position.source,
        "cell": answer.area.cell,
        "month": answer.area.month,
        "area_status": answer.area.status,
        "atlas": answer.area.atlas,
        "model": f"{answer.model.name} {answer.model.version}",
        "notes": " ".join(note.code for note in answer.notes),
    }
    if answer.best is not None:
        row |= {
            "taxon_id": answer.best.taxon.id,
            "scientific_name": answer.best.taxon.scientific_name,
            "common_name": answer.best.taxon.common_name,
            "rank": answer.best.taxon.rank,
            "score": answer.best.score,
            "rolled_up": str(answer.best.rolled_up).lower(),
            "confident": str(answer.best.confident).lower(),
        }
    return row


class ResultFile:
    """A file of outcomes, one whole line each; what an earlier run finished is never lost.

    Raises:
        RequestError: the name ends in neither ``.jsonl`` nor ``.csv``, or the file already holds
            something and the run is not to resume it, or it holds something else.
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        kinds: dict[str, tuple[Callable[[Outcome], str], str]] = {
            ".jsonl": (json_line, ""),
            ".csv": (csv_line, ",".join(CSV_COLUMNS) + "\n"),
        }
        if path.suffix not in kinds:
            raise RequestError(f"--out {path}: the name must end in .jsonl or .csv")
        self._line, self._header = kinds[path.suffix]
        self._path = path
        held = path.read_bytes() if path.exists() else b""
        if held and not resume:
            raise RequestError(
                f"--out {path} already holds results; "
                "--resume continues them, another name starts afresh"
            )
        # A line that an interrupted run left half-written is cut off and done again.
        whole = held[: held.rfind(b"\n") + 1]
        done = self._finished(whole.decode("utf-8", "replace"))
        self.finished = frozenset(done)
        self.failed_before = sum(done.values())
        self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(len(whole))
        self._file.seek(len(whole))
        if not whole:
            self._write(self._header)

    def _finished(self, text: str) -> dict[str, bool]:
        """Return the photos of whole lines, each with whether it failed."""
        return self._finished_csv(text) if self._header else self._finished_json(text)

    def _finished_json(self, text: str) -> dict[str, bool]:
        try:
            lines = [msgspec.json.decode(line, type=_Named) for line in text.splitlines()]
        except msgspec.MsgspecError as error:
            raise RequestError(f"--out {self._path}: not results of identify: {error}") from error
        return {line.photo or "": line.problem is not None for line in lines}

    def _finished_csv(self, text: str) -> dict[str, bool]:
        if text and not text.startswith(self._header):
            raise RequestError(f"--out {self._path}: not results of identify: other columns")
        rows = csv.DictReader(io.StringIO(text))
        return {row["photo"]: bool(row["problem"]) for row in rows}

    def write(self, outcome: Outcome) -> None:
        """Append one line, whole or not at all."""
        self._write(self._line(outcome))

    def _write(self, line: str) -> None:
        start = self._file.tell()
        data = memoryview(line.encode())
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError:
            self._file.truncate(start)
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()
