"""The journal in a file: SQLite in WAL mode, which several processes may write at once."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from fieldmark.adapters.journal_file import REMEDY, make_journal, open_journal
from fieldmark.errors import JournalBroken, Unavailable
from fieldmark.ports import Entry, Feedback, Judgement

__all__ = ["SqliteJournal"]

_WAIT_S: Final = 2.0
"""How long a thread waits for the others; the connection itself waits as long for processes."""
_HOPELESS: Final = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_ADD: Final = """
    INSERT INTO answer (id, answered_us, document, token_sha256, photo_key)
    VALUES (?, ?, ?, ?, ?)"""
_ENTRY: Final = "SELECT id, answered_us, document, token_sha256, photo_key FROM answer"
_FEEDBACK: Final = """
    SELECT * FROM (
        SELECT id, answer_id, said_us, verdict, taxon_id, taxon_was, cell, month, model,
            coalesce((SELECT judgement FROM judgement WHERE feedback_id = feedback.id
                ORDER BY judgement.number DESC LIMIT 1), 'open') AS judged
        FROM feedback ORDER BY said_us, number)
    WHERE ?1 IS NULL OR judged = ?1"""
_JUDGE: Final = """
    INSERT INTO judgement (feedback_id, judgement) SELECT id, ?2 FROM feedback WHERE id = ?1"""
_FORGET_JUDGEMENTS: Final = """
    DELETE FROM judgement WHERE feedback_id IN (SELECT id FROM feedback WHERE answer_id = ?)"""


class SqliteJournal:
    """A ports.Journal in one file that is made by the first write.

    Threads share one connection behind a lock. What is deleted is overwritten in the file at once,
    and in the log beside it as soon as no other process reads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def add(self, entry: Entry) -> None:
        """See ports.Journal."""
        row = (
            entry.id,
            _microseconds(entry.answered_at),
            entry.document,
            entry.token_sha256,
            entry.photo_key,
        )
        with self._writing() as write:
            write.execute(_ADD, row)

    def find(self, answer_id: str) -> Entry | None:
        """See ports.Journal."""
        rows = self._rows(f"{_ENTRY} WHERE id = ?", answer_id)
        return _entry(rows[0]) if rows else None

    def delete(self, answer_id: str) -> bool:
        """See ports.Journal."""
        with self._writing() as write:
            found = write.execute("DELETE FROM answer WHERE id = ?", (answer_id,)).rowcount > 0
            if found:
                write.execute(_FORGET_JUDGEMENTS, (answer_id,))
                write.execute("DELETE FROM feedback WHERE answer_id = ?", (answer_id,))
        if found:
            self._clear_log()
        return found

    def add_feedback(self, feedback: Feedback) -> None:
        """See ports.Journal."""
        row = (
            feedback.id,
            feedback.answer_id,
            _microseconds(feedback.said_at),
            feedback.verdict,
            feedback.taxon_id,
            feedback.taxon_was,
            feedback.cell,
            feedback.month,
            feedback.model,
        )
        with self._writing() as write:
            write.execute("INSERT INTO feedback VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if feedback.judgement != "open":
                write.execute(_JUDGE, (feedback.id, feedback.judgement))

    def feedback(self, judgement: Judgement | None = None) -> Sequence[Feedback]:
        """See ports.Journal."""
        return [_feedback(row) for row in self._rows(_FEEDBACK, judgement)]

    def judge(self, feedback_id: str, judgement: Judgement) -> bool:
        """See ports.Journal."""
        with self._writing() as write:
            return write.execute(_JUDGE, (feedback_id, judgement)).rowcount > 0

    def older(self, moment: datetime, limit: int) -> Sequence[Entry]:
        """See ports.Journal."""
        sql = f"{_ENTRY} WHERE answered_us < ? ORDER BY answered_us, id LIMIT ?"
        return [_entry(row) for row in self._rows(sql, _microseconds(moment), limit)]

    def forget_before(self, moment: datetime) -> Sequence[Entry]:
        """See ports.Journal."""
        until = (_microseconds(moment),)
        with self._writing() as write:
            sql = f"{_ENTRY} WHERE answered_us < ? ORDER BY answered_us, id"
            forgotten = [_entry(row) for row in write.execute(sql, until)]
            write.execute("DELETE FROM answer WHERE answered_us < ?", until)
        if forgotten:
            self._clear_log()
        return forgotten

    def close(self) -> None:
        """See ports.Journal."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        """Return what a question finds; a journal that nobody has written yet holds nothing."""
        with self._alone():
            if self._connection is None and not self._path.exists():
                return []
            return self._open().execute(sql, parameters).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hand out the connection for a change that happens as a whole or not at all."""
        with self._alone():
            if self._connection is None:
                make_journal(self._path)
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _clear_log(self) -> None:
        """Write the log into the file and cut it off, where no other process reads it now."""
        with self._alone():
            self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_journal(self._path)
        return self._connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads out; turn what SQLite and the file system raise into our errors."""
        if not self._lock.acquire(timeout=_WAIT_S):
            raise Unavailable(f"journal {self._path} is busy; try again")
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise ValueError(f"the journal does not take that ({error})") from error
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except OSError as error:
            raise Unavailable(f"journal {self._path}: {error.strerror or error}") from error
        finally:
            self._lock.release()

    def _translated(self, error: sqlite3.Error) -> JournalBroken | Unavailable:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _HOPELESS:
            return JournalBroken(f"journal {self._path} cannot be read ({error}); {REMEDY}")
        return Unavailable(f"journal {self._path} cannot be reached ({error})")


def _microseconds(moment: datetime) -> int:
    """Return the moment as whole microseconds, which sort and come back exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _entry(row: Sequence[Any]) -> Entry:
    id_, answered_us, document, token_sha256, photo_key = row
    return Entry(id_, _moment(answered_us), document, token_sha256, photo_key)


def _feedback(row: Sequence[Any]) -> Feedback:
    id_, answer_id, said_us, *rest = row
    return Feedback(id_, answer_id, _moment(said_us), *rest)
