"""The journal's file: its tables, how it is made and how it is opened."""

import fcntl
import glob
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fieldmark.adapters.private_files import PRIVATE_FILE, make_private_folder
from fieldmark.errors import JournalBroken

__all__ = ["APPLICATION_ID", "FORMAT_VERSION", "REMEDY", "make_journal", "open_journal"]

APPLICATION_ID: Final = 0x464D4A4C
"""FMJL."""
FORMAT_VERSION: Final = 1
REMEDY: Final = "move it away, or point FIELDMARK_JOURNAL at another file"

_BUSY_S: Final = 2.0
# SQLite moves rows from page to page and zeroes only the copy that it deletes; what a row holds
# beyond its first 989 bytes (a page of 1024 less 35) lies in pages of its own and is never copied.
# The filling keeps documents there. Measured without it: 2 of 10,671 deleted ones were still seen.
_PAGE_BYTES: Final = 1024
_FILLING_BYTES: Final = 1000
_SCHEMA: Final = f"""
    CREATE TABLE answer (
        id TEXT PRIMARY KEY,
        answered_us INTEGER NOT NULL,
        token_sha256 TEXT NOT NULL,
        photo_key TEXT,
        filling BLOB NOT NULL DEFAULT (zeroblob({_FILLING_BYTES})),
        document BLOB NOT NULL
    ) STRICT;
    CREATE INDEX answer_by_time ON answer (answered_us);
    CREATE TABLE feedback (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        answer_id TEXT NOT NULL,
        said_us INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        taxon_id INTEGER,
        taxon_was INTEGER,
        cell TEXT,
        month INTEGER,
        model TEXT NOT NULL
    ) STRICT;
    CREATE INDEX feedback_by_answer ON feedback (answer_id);
    CREATE TABLE judgement (
        number INTEGER PRIMARY KEY,
        feedback_id TEXT NOT NULL,
        judgement TEXT NOT NULL
    ) STRICT;
    CREATE INDEX judgement_by_feedback ON judgement (feedback_id, number);
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {FORMAT_VERSION};
"""
# Deleted rows are overwritten with zeros in the file; the size limit cuts them off in the log.
# A process that is killed loses nothing; a power cut may lose the writes since the last sync.
_CONNECTION: Final = """
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 0;
    PRAGMA synchronous = NORMAL;
"""


def make_journal(path: Path) -> None:
    """Make an empty journal where there is no file; nobody ever sees half of one.

    Raises:
        OSError: it cannot be made.
        sqlite3.Error: likewise.
    """
    make_private_folder(path.parent)
    with _alone_in(path.parent):
        if path.exists():
            return
        partial = path.with_name(f".{path.name}.partial")
        for leftover in path.parent.glob(f"{glob.escape(partial.name)}*"):
            leftover.unlink()
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        with closing(_connect(partial)) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        partial.rename(path)


def open_journal(path: Path) -> sqlite3.Connection:
    """Return a connection for several threads, without transactions of its own making.

    Raises:
        JournalBroken: the file is no journal of this version.
        sqlite3.Error: the file cannot be opened or read.
    """
    if not path.is_file():
        raise JournalBroken(f"{path} is no file; {REMEDY}")
    connection = _connect(path)
    try:
        _require_journal(connection, path)
        connection.executescript(_CONNECTION)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _require_journal(connection: sqlite3.Connection, path: Path) -> None:
    ((application,),) = connection.execute("PRAGMA application_id")
    if application != APPLICATION_ID:
        raise JournalBroken(f"{path} is a SQLite file but no journal; {REMEDY}")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version != FORMAT_VERSION:
        raise JournalBroken(
            f"journal {path} is of format version {version}, this program writes"
            f" {FORMAT_VERSION}; {REMEDY}"
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold off other processes that would make a journal in the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
