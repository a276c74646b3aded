"""What is kept, for how long, and who may take it back."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from animals import CATS, JAGUAR, LION
from fake_identifier import lion_answer
from fake_keeping import FakeBlobs, FakeJournal
from fakes import Recorder
from fieldmark.domain.answer import Answer, Best
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import (
    JournalBroken,
    NotFound,
    RequestError,
    StoreRefused,
    Unauthorized,
    Unavailable,
)
from fieldmark.keeping import DEFERRED_NOTE, Keeper
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import Entry, Verdict
from fieldmark.telemetry import Silence
from fieldmark.wire import answer_out, deferred_entry, journal_document
from photo_files import exif_block, gps_fields, jpeg_with

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PHOTO = jpeg_with(exif_block(gps=gps_fields(-24.99, 31.55)))
ID = lion_answer().id
KEY = f"2026-07/{ID}.jpg"


class BrokenJournal(FakeJournal):
    """A journal whose file is none."""

    def add(self, entry: Entry) -> None:
        raise JournalBroken(f"no place for {entry.id}")


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture
def photos() -> FakeBlobs:
    return FakeBlobs()


def keeper(journal: FakeJournal, photos: FakeBlobs, *, keep_photos: bool = True) -> Keeper:
    return Keeper(journal, photos, PhotoLimits(), 90, Silence(), keep_photos=keep_photos)


def keep(kept: Keeper, answer: Answer | None = None, now: datetime = NOW) -> str:
    outcome = kept.keep(answer_out(answer or lion_answer()), lambda: PHOTO, now)
    assert outcome.note is None
    return outcome.token


def test_a_kept_answer_is_found_without_coordinates_and_name(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    found = kept.find(ID)

    assert found is not None
    assert found.animals == answer_out(lion_answer()).animals
    assert (found.photo, found.position.latitude, found.position.source) == (None, None, "exif")


def test_only_the_hash_of_the_token_is_kept(journal: FakeJournal, photos: FakeBlobs) -> None:
    kept = keeper(journal, photos)

    tokens = [keep(kept, replace(lion_answer(), id=f"a-{number}")) for number in range(3)]

    hashes = [entry.token_sha256 for entry in journal.entries.values()]
    assert hashes == [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    assert len(set(tokens)) == 3
    assert all(len(token) == 43 for token in tokens)


def test_photos_are_kept_only_where_that_is_wanted(journal: FakeJournal, photos: FakeBlobs) -> None:
    keep(keeper(journal, photos, keep_photos=False))

    assert photos.held == {}
    assert journal.entries[ID].photo_key is None


def test_a_kept_photo_has_no_metadata(journal: FakeJournal, photos: FakeBlobs) -> None:
    keep(keeper(journal, photos))

    assert list(photos.held) == [KEY]
    assert read_metadata(PHOTO).position is not None
    assert read_metadata(photos.held[KEY]).position is None
    assert b"Exif" not in photos.held[KEY]


def test_an_answer_is_kept_even_where_its_photo_cannot_be(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    photos.down = True

    keep(kept)

    assert kept.find(ID) is not None


def test_a_photo_that_cannot_be_copied_is_not_kept(journal: FakeJournal, photos: FakeBlobs) -> None:
    limits = PhotoLimits(max_working_bytes=1)
    small = Keeper(journal, photos, limits, 90, Silence(), keep_photos=True)

    keep(small)

    assert photos.held == {}
    assert journal.entries[ID].photo_key is None


def test_a_photo_is_fetched_only_where_photos_are_kept(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    def never() -> bytes:
        raise AssertionError

    outcome = keeper(journal, photos, keep_photos=False).keep(answer_out(lion_answer()), never, NOW)

    assert outcome.note is None


@pytest.mark.parametrize("error", [NotFound("x"), Unavailable("x"), StoreRefused("x"), None])
def test_an_answer_is_kept_even_where_its_photo_cannot_be_fetched(
    journal: FakeJournal, photos: FakeBlobs, error: Exception | None
) -> None:
    def fetch() -> bytes | None:
        if error is not None:
            raise error
        return None

    keeper(journal, photos).keep(answer_out(lion_answer()), fetch, NOW)

    assert journal.entries[ID].photo_key is None
    assert photos.held == {}


@pytest.mark.parametrize("journal", [FakeJournal(down=True), BrokenJournal()])
def test_an_answer_that_the_journal_does_not_take_goes_whole_into_the_log(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    events = Recorder()
    kept = Keeper(journal, photos, PhotoLimits(), 90, events, keep_photos=True)

    outcome = kept.keep(answer_out(lion_answer()), lambda: PHOTO, NOW)

    ((name, fields),) = events.events
    assert (name, outcome.note, photos.held) == ("journal_deferred", DEFERRED_NOTE, {})
    hashed = hashlib.sha256(outcome.token.encode()).hexdigest()
    document = journal_document(answer_out(lion_answer()))
    assert deferred_entry(fields) == Entry(ID, NOW, document, hashed, None)
    assert DEFERRED_NOTE.code == "answer-not-kept"


def test_a_deferred_answer_says_no_place_and_no_name(photos: FakeBlobs) -> None:
    events = Recorder()
    kept = Keeper(FakeJournal(down=True), photos, PhotoLimits(), 90, events, keep_photos=False)

    kept.keep(answer_out(lion_answer()), lambda: PHOTO, NOW)

    text = str(events.events)
    assert lion_answer().photo is not None
    assert str(lion_answer().photo) not in text
    assert "24.99" not in text
    assert "31.55" not in text


def test_an_answer_that_is_not_there_is_none(journal: FakeJournal, photos: FakeBlobs) -> None:
    for strange in ("nothing", "", "\udcff", "\N{LION FACE}"):
        assert keeper(journal, photos).find(strange) is None


def test_the_token_deletes_answer_photo_and_what_was_said(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    token = keep(kept)
    kept.say(ID, "right", None, NOW)

    assert kept.delete(ID, token)

    assert (journal.entries, journal.said, photos.held) == ({}, [], {})
    with pytest.raises(NotFound, match=ID):
        kept.delete(ID, token)


def test_photos_go_even_where_no_more_are_kept(journal: FakeJournal, photos: FakeBlobs) -> None:
    token = keep(keeper(journal, photos))

    keeper(journal, photos, keep_photos=False).delete(ID, token)

    assert photos.held == {}


@pytest.mark.parametrize("token", ["", "wrong", "\udcff", "\N{LION FACE}"])
def test_no_other_token_deletes(journal: FakeJournal, photos: FakeBlobs, token: str) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    with pytest.raises(Unauthorized, match="delete_token"):
        kept.delete(ID, token)

    assert kept.find(ID) is not None
    assert list(photos.held) == [KEY]


def test_an_answer_whose_photo_cannot_be_deleted_stays_to_be_deleted_again(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    token = keep(kept)
    photos.down = True

    with pytest.raises(Unavailable):
        kept.delete(ID, token)

    photos.down = False
    assert kept.delete(ID, token)
    assert photos.held == {}


def test_feedback_knows_what_the_answer_said_and_of_which_area(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    said = kept.say(ID, "wrong", JAGUAR.id, NOW)

    assert (said.answer_id, said.said_at, said.verdict) == (ID, NOW, "wrong")
    assert (said.taxon_id, said.taxon_was) == (JAGUAR.id, LION.id)
    assert (said.cell, said.month, said.model) == ("83bcd2fffffffff", 7, "fake 1")
    assert said.judgement == "open"
    assert journal.said == [said]


def test_feedback_stands_beside_earlier_feedback(journal: FakeJournal, photos: FakeBlobs) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    first, second = kept.say(ID, "right", None, NOW), kept.say(ID, "wrong", None, NOW)

    assert journal.said == [first, second]
    assert first.id != second.id


def test_nothing_can_be_said_of_an_answer_that_is_not_there(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    with pytest.raises(NotFound, match="nothing"):
        keeper(journal, photos).say("nothing", "right", None, NOW)


@pytest.mark.parametrize(
    ("verdict", "taxon_id"),
    [
        ("right", JAGUAR.id),
        ("wrong", LION.id),
        ("not_an_animal", JAGUAR.id),
        ("wrong", 0),
        ("wrong", -1),
        ("wrong", 2**31),
    ],
)
def test_what_makes_no_sense_is_refused(
    journal: FakeJournal, photos: FakeBlobs, verdict: Verdict, taxon_id: int
) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    with pytest.raises(RequestError, match="taxon"):
        kept.say(ID, verdict, taxon_id, NOW)

    assert journal.said == []


@pytest.mark.parametrize(
    ("verdict", "taxon_id"),
    [
        ("right", None),
        ("right", LION.id),
        ("wrong", None),
        ("wrong", JAGUAR.id),
        ("not_an_animal", None),
    ],
)
def test_what_makes_sense_is_kept(
    journal: FakeJournal, photos: FakeBlobs, verdict: Verdict, taxon_id: int | None
) -> None:
    kept = keeper(journal, photos)
    keep(kept)

    assert kept.say(ID, verdict, taxon_id, NOW).taxon_id == taxon_id


def test_a_wider_answer_may_be_right_and_narrowed(journal: FakeJournal, photos: FakeBlobs) -> None:
    cats = Taxon(CATS.id, CATS.scientific_name, CATS.common_name, CATS.rank)
    kept = keeper(journal, photos)
    keep(kept, replace(lion_answer(), best=Best(cats, 0.9, rolled_up=True, confident=True)))

    said = kept.say(ID, "right", JAGUAR.id, NOW)

    assert (said.taxon_id, said.taxon_was) == (JAGUAR.id, CATS.id)


def test_an_answer_of_no_animal_can_be_wrong(journal: FakeJournal, photos: FakeBlobs) -> None:
    kept = keeper(journal, photos)
    keep(kept, replace(lion_answer(), best=None))

    said = kept.say(ID, "wrong", JAGUAR.id, NOW)

    assert (said.taxon_id, said.taxon_was) == (JAGUAR.id, None)


def test_answers_and_photos_are_forgotten_when_their_time_is_up_and_feedback_stays(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    for age in (91, 90, 89):
        keep(kept, replace(lion_answer(), id=f"aged-{age}"), NOW - age * DAY)
    said = kept.say("aged-91", "right", None, NOW)

    assert kept.forget_old(NOW) == 1

    assert list(journal.entries) == ["aged-90", "aged-89"]
    assert [key.rpartition("/")[2] for key in photos.held] == ["aged-90.jpg", "aged-89.jpg"]
    assert journal.said == [said]
    assert kept.forget_old(NOW) == 0


def test_more_than_fit_at_once_are_forgotten(journal: FakeJournal, photos: FakeBlobs) -> None:
    for number in range(1_203):
        key = f"{number}.jpg"
        photos.put(key, b"")
        moment = NOW - 100 * DAY + timedelta(seconds=number // 2)
        journal.add(Entry(str(number), moment, b"{}", "0f" * 32, key))

    assert keeper(journal, photos).forget_old(NOW) == 1_203

    assert (journal.entries, photos.held) == ({}, {})


def test_an_old_answer_stays_until_its_photo_can_go(
    journal: FakeJournal, photos: FakeBlobs
) -> None:
    kept = keeper(journal, photos)
    keep(kept, now=NOW - 91 * DAY)
    photos.down = True

    with pytest.raises(Unavailable):
        kept.forget_old(NOW)

    photos.down = False
    assert kept.forget_old(NOW) == 1
    assert photos.held == {}


def test_closing_closes_both(journal: FakeJournal, photos: FakeBlobs) -> None:
    kept = keeper(journal, photos)

    kept.close()
    kept.close()

    assert journal.closed
    assert photos.closed
