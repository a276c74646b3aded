"""Several processes write one journal; what was acknowledged is there, whatever happens to them."""

import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.adapters.sqlite_journal import SqliteJournal
from s3_server import Bucket

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.ports import Entry, Feedback

path, name, count = sys.argv[1:]
journal = JOURNAL
for number in range(int(count)):
    id_, now = f"{name}-{number}", datetime.now(UTC)
    journal.add(Entry(id_, now, bytes(5_000), "0f" * 32))
    journal.add_feedback(Feedback(id_, id_, now, "right", None, 1, None, None, "fake 1"))
    print(id_, flush=True)
"""
IN_FILE = "SqliteJournal(Path(path))"
IN_S3 = 'S3Journal(S3Bucket(*path.partition("/")[::2]))'
COUNT = 60


def writer(
    path: Path | str, name: str, count: int, journal: str = IN_FILE
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER.replace("JOURNAL", journal), str(path), name, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def held(path: Path) -> set[str]:
    """Return the ids of the answers whose feedback is there too, by a process of our own."""
    with closing(SqliteJournal(path)) as journal:
        said = {feedback.id for feedback in journal.feedback()}
        answers = journal.older(datetime.now(UTC).replace(year=9999), 10_000)
        return said & {entry.id for entry in answers}


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.sqlite"
    writers = {name: writer(path, name, COUNT) for name in ("a", "b")}

    ended = {name: (*process.communicate(timeout=60), process) for name, process in writers.items()}

    assert [(stderr, process.returncode) for _, stderr, process in ended.values()] == [("", 0)] * 2
    assert held(path) == {f"{name}-{number}" for name in writers for number in range(COUNT)}


def test_processes_that_write_one_bucket_at_once_lose_nothing(bucket: Bucket) -> None:
    path = f"{bucket.name}/journal/"
    writers = {name: writer(path, name, COUNT, IN_S3) for name in ("a", "b")}

    ended = {name: (*process.communicate(timeout=60), process) for name, process in writers.items()}

    assert [(stderr, process.returncode) for _, stderr, process in ended.values()] == [("", 0)] * 2
    with closing(S3Journal(bucket.at("journal/"))) as journal:
        said = {feedback.id for feedback in journal.feedback()}
        answers = journal.older(datetime.now(UTC).replace(year=9999), 10_000)
    assert said == {entry.id for entry in answers}
    assert said == {f"{name}-{number}" for name in writers for number in range(COUNT)}


def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.sqlite"
    with writer(path, "a", 1_000_000) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(25)]
        process.kill()
        acknowledged += process.stdout.read().split()

    assert process.returncode == -signal.SIGKILL
    assert len(acknowledged) >= 25
    assert held(path) >= set(acknowledged)
