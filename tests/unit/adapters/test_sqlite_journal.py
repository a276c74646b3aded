"""A journal's file: private, whole, and clear about what is wrong with it."""

import random
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.errors import JournalBroken, Unavailable
from fieldmark.ports import Entry, Feedback

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def entry(id_: str = "a", document: bytes = b"{}", at: datetime = NOON) -> Entry:
    return Entry(id_, at, document, "0f" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "state" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(path)) as journal:
        yield journal


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path) -> str:
    with closing(SqliteJournal(path)) as journal:
        with pytest.raises(JournalBroken) as on_reading:
            journal.find("a")
        with pytest.raises(JournalBroken) as on_writing:
            journal.add(entry())
    assert str(on_reading.value) == str(on_writing.value)
    assert path.name in str(on_reading.value)
    assert "FIELDMARK_JOURNAL" in str(on_reading.value)
    return str(on_reading.value)


def test_reading_makes_no_file(path: Path, journal: SqliteJournal) -> None:
    journal.find("a")
    journal.feedback()
    journal.older(NOON, 1)

    assert not path.parent.exists()


def test_the_first_write_makes_files_and_folders_for_their_user_only(
    path: Path, journal: SqliteJournal
) -> None:
    journal.add(entry())

    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["journal.sqlite", "journal.sqlite-shm", "journal.sqlite-wal"]
    assert {mode_of(path.parent / file) for file in files} == {0o600}
    assert {mode_of(folder) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_the_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        journal.add(entry())

    assert mode_of(tmp_path) == 0o755


def test_closing_leaves_one_file(path: Path, journal: SqliteJournal) -> None:
    journal.add(entry())
    journal.close()

    assert [file.name for file in path.parent.iterdir()] == ["journal.sqlite"]


def test_a_closed_journal_opens_again_when_it_is_asked(journal: SqliteJournal) -> None:
    journal.add(entry())
    journal.close()

    assert journal.find("a") == entry()


def test_what_a_killed_maker_left_is_made_anew(path: Path, journal: SqliteJournal) -> None:
    path.parent.mkdir(parents=True)
    for suffix in ("", "-wal", "-journal"):
        (path.parent / f".journal.sqlite.partial{suffix}").write_bytes(b"half")

    journal.add(entry())
    journal.close()

    assert [file.name for file in path.parent.iterdir()] == ["journal.sqlite"]


def test_a_path_with_url_characters_is_opened(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path / "100% [my]?#&.sqlite")) as journal:
        journal.add(entry())

    assert (tmp_path / "100% [my]?#&.sqlite").is_file()


def test_a_foreign_database_is_no_journal(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "foreign.sqlite")) as foreign:
        foreign.execute("CREATE TABLE answer (id TEXT PRIMARY KEY)")

    assert "no journal" in refusal(tmp_path / "foreign.sqlite")


def test_an_empty_file_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()

    assert "no journal" in refusal(tmp_path / "empty.sqlite")


def test_a_file_of_another_kind_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(4096))

    assert "not a database" in refusal(tmp_path / "photo.jpg")


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    assert "is no file" in refusal(tmp_path / "folder")


def test_a_journal_of_another_version_says_which(path: Path, journal: SqliteJournal) -> None:
    journal.add(entry())
    journal.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")

    assert "format version 7, this program writes 1" in refusal(path)


def test_a_journal_cut_short_is_broken(path: Path, journal: SqliteJournal) -> None:
    journal.add(entry(document=bytes(50_000)))
    journal.close()
    path.write_bytes(path.read_bytes()[:30_000])

    with pytest.raises(JournalBroken, match="malformed"):
        journal.find("a")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        closing(SqliteJournal(tmp_path / "file" / "journal.sqlite")) as journal,
        pytest.raises(Unavailable, match=r"journal\.sqlite"),
    ):
        journal.add(entry())


def test_a_full_disk_is_unavailable_and_nothing_is_half_written(journal: SqliteJournal) -> None:
    journal.add(entry("before"))
    assert journal._connection is not None
    journal._connection.execute("PRAGMA max_page_count = 1")  # no page beyond those there are

    with pytest.raises(Unavailable, match="full"):
        journal.add(entry("a", bytes(100_000)))

    assert journal.find("a") is None
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.add(entry("a", bytes(100_000)))


def test_a_journal_that_another_holds_locked_is_unavailable(
    path: Path, journal: SqliteJournal
) -> None:
    journal.add(entry("before"))
    assert journal._connection is not None
    journal._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Unavailable, match="locked"):
            journal.add(entry())
        assert journal.find("before") == entry("before")

        other.execute("ROLLBACK")
    journal.add(entry())


def test_a_read_only_journal_is_unavailable_for_writing(journal: SqliteJournal) -> None:
    journal.add(entry("before"))
    assert journal._connection is not None
    journal._connection.execute("PRAGMA query_only = ON")

    with pytest.raises(Unavailable, match="readonly"):
        journal.add(entry())

    assert journal.find("before") == entry("before")


def test_what_was_said_and_judged_is_never_updated(path: Path, journal: SqliteJournal) -> None:
    journal.add_feedback(
        Feedback("f", "a", NOON, "wrong", 1, 2, "83bcd2fffffffff", 7, "fake 1", "confirmed")
    )
    journal.judge("f", "rejected")
    journal.close()

    with closing(sqlite3.connect(path)) as connection:
        judged = connection.execute("SELECT feedback_id, judgement FROM judgement ORDER BY number")
        assert judged.fetchall() == [("f", "confirmed"), ("f", "rejected")]


def test_the_bytes_of_deleted_answers_are_gone(path: Path, journal: SqliteJournal) -> None:
    choose = random.Random(7)  # noqa: S311  # the same walk each time
    live: list[bytes] = []
    dead: list[bytes] = []
    for number in range(300):
        if live and choose.random() < 0.4:
            mark = live.pop(choose.randrange(len(live)))
            assert journal.delete(mark.decode())
            dead.append(mark)
        else:
            mark = f"mark-{choose.getrandbits(64):016x}".encode()
            document = b" of ".join([mark] * choose.randrange(3, 150))
            journal.add(entry(mark.decode(), document, NOON + timedelta(days=number)))
            live.append(mark)
    dead += [e.id.encode() for e in journal.forget_before(NOON + timedelta(days=150))]

    left = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert len(dead) > 100
    assert [mark for mark in dead if mark + b" of " in left] == []
    assert all(mark + b" of " in left for mark in live if mark not in dead)
