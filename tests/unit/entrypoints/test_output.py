import csv
import json
import os
from pathlib import Path

import pytest

from fake_identifier import lion_answer
from fieldmark.entrypoints.cli.batch import Outcome
from fieldmark.entrypoints.cli.output import ResultFile, json_line
from fieldmark.errors import PhotoUnreadable, RequestError

LION = Outcome("lion.jpg", lion_answer("lion.jpg"), None)
BROKEN = Outcome("a, b.jpg", None, PhotoUnreadable("the picture\nis broken"))


def write(path: Path, *outcomes: Outcome, resume: bool = False) -> ResultFile:
    results = ResultFile(path, resume=resume)
    for outcome in outcomes:
        results.write(outcome)
    results.close()
    return results


def test_a_failure_is_a_line_with_photo_and_problem() -> None:
    assert json.loads(json_line(BROKEN)) == {
        "photo": "a, b.jpg",
        "problem": {
            "type": "photo-unreadable",
            "title": "The photo cannot be read",
            "status": 422,
            "detail": "the picture\nis broken",
        },
    }


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_resumed_file_knows_what_is_finished_and_goes_on(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(path, LION, BROKEN)

    resumed = write(path, Outcome("c.jpg", lion_answer("c.jpg"), None), resume=True)

    assert resumed.finished == {"lion.jpg", "a, b.jpg"}
    assert resumed.failed_before == 1
    assert write(path, resume=True).finished == {"lion.jpg", "a, b.jpg", "c.jpg"}


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_line_that_was_cut_off_is_done_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(path, LION, BROKEN)
    os.truncate(path, path.stat().st_size - 5)

    resumed = write(path, BROKEN, resume=True)

    assert resumed.finished == {"lion.jpg"}
    assert write(path, resume=True).finished == {"lion.jpg", "a, b.jpg"}


def test_results_are_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, LION)
    before = path.read_bytes()

    with pytest.raises(RequestError, match="--resume"):
        ResultFile(path, resume=False)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("suffix", "content"), [(".jsonl", "not json\n"), (".csv", "a,b\n1,2\n")])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text(content)

    with pytest.raises(RequestError, match="not results"):
        ResultFile(path, resume=True)
    assert path.read_text() == content


def test_the_name_says_the_form(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"\.jsonl or \.csv"):
        ResultFile(tmp_path / "out.xml", resume=False)


def test_csv_has_one_row_a_photo_that_a_spreadsheet_can_read(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write(path, LION, BROKEN)

    with path.open(newline="") as file:
        lion, broken = csv.DictReader(file)

    assert (lion["scientific_name"], lion["score"], lion["confident"]) == (
        "Panthera leo",
        "0.9712",
        "true",
    )
    assert (broken["photo"], broken["problem"]) == ("a, b.jpg", "photo-unreadable")


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    results = ResultFile(path, resume=False)
    results.write(LION)
    whole = path.read_bytes()
    disk = results._file

    class Full:
        """A file on a disk that takes ten more bytes."""

        def __init__(self) -> None:
            self._file = disk
            self._left = 10

        def tell(self) -> int:
            return self._file.tell()

        def truncate(self, size: int) -> int:
            return self._file.truncate(size)

        def write(self, data: memoryview) -> int:
            if self._left == 0:
                raise OSError(28, "No space left on device")
            written = self._file.write(data[: self._left])
            self._left -= written
            return written

    results._file = Full()  # type: ignore[assignment]  # as much of a file as is used

    with pytest.raises(OSError, match="No space"):
        results.write(LION)
    assert path.read_bytes() == whole
    disk.close()
