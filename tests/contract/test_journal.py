"""What every Journal promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from fake_keeping import FakeJournal
from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.ports import Entry, Feedback, Journal
from s3_server import Bucket

NOON = datetime(2026, 7, 1, 12, 0, 0, 123_457, UTC)
HOUR = timedelta(hours=1)


def entry(id_: str = "a", at: datetime = NOON) -> Entry:
    return Entry(id_, at, b'{"id": "\x00\xff"}', "0f" * 32, f"photos/{id_}.jpg")


def said(id_: str = "f", answer_id: str = "a", at: datetime = NOON) -> Feedback:
    return Feedback(id_, answer_id, at, "wrong", 41970, 41964, "83bcd2fffffffff", 7, "fake 1")


def _fake(_: pytest.FixtureRequest) -> Journal:
    return FakeJournal()


def _sqlite(request: pytest.FixtureRequest) -> Journal:
    folder: Path = request.getfixturevalue("tmp_path")
    return SqliteJournal(folder / "state" / "journal.sqlite")


def _s3(request: pytest.FixtureRequest) -> Journal:
    bucket: Bucket = request.getfixturevalue("bucket")
    return S3Journal(bucket.at("state/journal/"))


@pytest.fixture(params=[_fake, _sqlite, _s3])
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    make: Callable[[pytest.FixtureRequest], Journal] = request.param
    journal = make(request)
    yield journal
    journal.close()


def test_a_journal_that_nobody_has_written_holds_nothing(journal: Journal) -> None:
    assert journal.find("a") is None
    assert list(journal.feedback()) == []
    assert list(journal.older(NOON, 10)) == []


def test_an_answer_comes_back_as_it_was(journal: Journal) -> None:
    bare = replace(entry("b"), photo_key=None)
    journal.add(entry("a"))
    journal.add(bare)

    assert journal.find("a") == entry("a")
    assert journal.find("b") == bare
    assert journal.find("A") is None


def test_an_answer_is_never_overwritten(journal: Journal) -> None:
    journal.add(entry("a"))

    with pytest.raises(ValueError, match="a"):
        journal.add(replace(entry("a"), document=b"{}"))

    assert journal.find("a") == entry("a")


def test_a_moment_is_the_same_moment_in_any_zone(journal: Journal) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=13)))
    journal.add(entry("a", there))

    found = journal.find("a")

    assert found is not None
    assert found.answered_at == NOON
    assert found.answered_at.tzinfo is not None


def test_deleting_forgets_the_answer_and_what_was_said_of_it(journal: Journal) -> None:
    journal.add(entry("a"))
    journal.add(entry("b"))
    journal.add_feedback(said("f", "a"))
    journal.add_feedback(said("g", "b"))
    journal.judge("f", "confirmed")

    assert journal.delete("a")

    assert journal.find("a") is None
    assert journal.find("b") == entry("b")
    assert list(journal.feedback()) == [said("g", "b")]
    assert not journal.judge("f", "rejected")


def test_deleting_what_is_not_there_says_so(journal: Journal) -> None:
    journal.add(entry("a"))

    assert not journal.delete("b")
    assert journal.delete("a")
    assert not journal.delete("a")


def test_feedback_stands_beside_what_was_said_before_the_oldest_first(journal: Journal) -> None:
    late = said("late", at=NOON + HOUR)
    right = replace(said("right"), verdict="right", taxon_id=None)
    bare = replace(said("none", at=NOON - HOUR), taxon_id=None, taxon_was=None, cell=None)
    bare = replace(bare, verdict="not_an_animal", month=None)

    for feedback in (late, right, bare):
        journal.add_feedback(feedback)

    assert list(journal.feedback()) == [bare, right, late]


def test_feedback_is_never_overwritten(journal: Journal) -> None:
    journal.add_feedback(said("f"))

    with pytest.raises(ValueError, match="f"):
        journal.add_feedback(replace(said("f"), verdict="right"))

    assert list(journal.feedback()) == [said("f")]


def test_the_last_judgement_counts(journal: Journal) -> None:
    journal.add_feedback(said("f"))
    journal.add_feedback(said("g"))
    journal.add_feedback(replace(said("h"), judgement="confirmed"))

    assert journal.judge("f", "confirmed")
    assert journal.judge("g", "confirmed")
    assert journal.judge("f", "rejected")

    assert {said.id: said.judgement for said in journal.feedback()} == {
        "f": "rejected",
        "g": "confirmed",
        "h": "confirmed",
    }


def test_feedback_can_be_asked_for_by_judgement(journal: Journal) -> None:
    for id_ in "fgh":
        journal.add_feedback(said(id_))
    journal.judge("f", "confirmed")
    journal.judge("g", "rejected")

    assert [said.id for said in journal.feedback("open")] == ["h"]
    assert [said.id for said in journal.feedback("confirmed")] == ["f"]
    assert [said.id for said in journal.feedback("rejected")] == ["g"]


def test_judging_what_is_not_there_says_so(journal: Journal) -> None:
    assert not journal.judge("f", "confirmed")


def test_old_answers_are_forgotten_and_returned_and_what_was_said_stays(journal: Journal) -> None:
    for number, id_ in enumerate("dbca"):
        journal.add(entry(id_, NOON + number * HOUR))
    journal.add_feedback(said("f", "d"))

    forgotten = journal.forget_before(NOON + 2 * HOUR)

    assert list(forgotten) == [entry("d", NOON), entry("b", NOON + HOUR)]
    assert journal.find("d") is None
    assert journal.find("c") == entry("c", NOON + 2 * HOUR)
    assert list(journal.feedback()) == [said("f", "d")]
    assert list(journal.forget_before(NOON + 2 * HOUR)) == []


def test_old_answers_are_told_the_oldest_first_and_stay(journal: Journal) -> None:
    for number, id_ in enumerate("dbca"):
        journal.add(entry(id_, NOON + number * HOUR))

    assert [old.id for old in journal.older(NOON + 3 * HOUR, 2)] == ["d", "b"]
    assert [old.id for old in journal.older(NOON + 3 * HOUR, 9)] == ["d", "b", "c"]
    assert journal.find("d") == entry("d", NOON)


def test_hostile_text_is_text(journal: Journal) -> None:
    for text in ("'; DROP TABLE answer; --", "\x00", "%", "_", "\N{LION FACE}" * 1000, ""):
        journal.add(entry(text))

        assert journal.find(text) == entry(text)


def test_threads_may_share_a_journal(journal: Journal) -> None:
    def work(number: int) -> bool:
        journal.add(entry(str(number)))
        journal.add_feedback(said(str(number), str(number)))
        return journal.find(str(number)) == entry(str(number))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(100)))
    assert len(journal.feedback()) == 100


def test_closing_twice_does_no_harm(journal: Journal) -> None:
    journal.add(entry())

    journal.close()
    journal.close()
