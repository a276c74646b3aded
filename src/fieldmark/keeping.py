"""Keeping: answers, photos and what people say of them, for as long as they may be kept."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fieldmark.domain.note import Note
from fieldmark.errors import NotFound, RequestError, SetupError, Unauthorized, Unavailable
from fieldmark.photo.clean import clean_copy
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import BlobStore, Entry, Feedback, Journal, Observer, Verdict
from fieldmark.wire import (
    DEFERRED,
    AnswerOut,
    answer_of_document,
    deferred_fields,
    journal_document,
)

__all__ = ["DEFERRED_NOTE", "Keeper", "Kept"]

DEFERRED_NOTE: Final = Note(
    "answer-not-kept",
    "This answer could not be kept just now: its link does not work yet, it takes no feedback yet, "
    "and the code that deletes it holds only once it was taken in from the log.",
)

_TOKEN_BYTES: Final = 32
_FEEDBACK_ID_BYTES: Final = 8
_AT_ONCE: Final = 500
_GREATEST_TAXON_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Kept:
    """The token that deletes an answer, and what its person must know of how it is kept."""

    token: str
    note: Note | None = None


class Keeper:
    """Keeps answers and feedback in a journal, and photos beside it where it is told to.

    One may serve many threads. ``now`` carries its zone everywhere.
    """

    def __init__(
        self,
        journal: Journal,
        photos: BlobStore,
        limits: PhotoLimits,
        retention_days: int,
        observer: Observer,
        *,
        keep_photos: bool,
    ) -> None:
        self._journal = journal
        self._photos = photos
        self._limits = limits
        self._retention = timedelta(days=retention_days)
        self._observer = observer
        self._keep_photos = keep_photos

    def keep(self, answer: AnswerOut, photo: Callable[[], bytes | None], now: datetime) -> Kept:
        """Keep the answer, and a clean copy of the photo where photos are kept.

        An answer that the journal does not take goes whole into the event ``journal_deferred``, so
        that it can be taken in later, with its token but without its photo. The photo is asked for
        where photos are kept, and only there.

        Returns:
            The token that deletes both; it is nowhere else.
        """
        copy = self._copy(photo)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        key = None if copy is None else f"{now:%Y-%m}/{answer.id}.jpg"
        entry = Entry(answer.id, now, journal_document(answer), _hash(token), key)
        try:
            # The entry first: a photo that no entry names would never be forgotten.
            self._journal.add(entry)
        except (Unavailable, SetupError):
            deferred = replace(entry, photo_key=None)
            self._observer.event(DEFERRED, **deferred_fields(deferred))
            return Kept(token, DEFERRED_NOTE)
        if key is not None and copy is not None:
            self._put(key, copy)
        return Kept(token)

    def find(self, answer_id: str) -> AnswerOut | None:
        """Return the answer without coordinates, None where there is none (any more).

        Raises:
            JournalBroken: the journal or the answer in it cannot be read.
            Unavailable: the journal cannot be reached.
        """
        entry = self._entry(answer_id)
        return None if entry is None else answer_of_document(entry.document)

    def delete(self, answer_id: str, token: str) -> bool:
        """Forget the answer, its photo and what was said of it; False where another was faster.

        Raises:
            NotFound: there is no such answer (any more).
            Unauthorized: the token is not the one that was given with the answer.
            Unavailable: the journal or the photo cannot be reached; nothing else was deleted.
        """
        entry = self._entry(answer_id)
        if entry is None:
            raise _no_answer(answer_id)
        if not hmac.compare_digest(_hash(token), entry.token_sha256):
            raise Unauthorized("only the delete_token that came with the answer deletes it")
        self._forget_photo(entry)
        return self._journal.delete(answer_id)

    def say(
        self, answer_id: str, verdict: Verdict, taxon_id: int | None, now: datetime
    ) -> Feedback:
        """Keep what a person says of an answer, beside whatever was said before.

        Raises:
            NotFound: there is no such answer (any more).
            RequestError: verdict and taxon contradict each other or the answer.
            Unavailable: the journal cannot be reached.
        """
        answer = self.find(answer_id)
        if answer is None:
            raise _no_answer(answer_id)
        _require_sensible(answer, verdict, taxon_id)
        feedback = Feedback(
            id=secrets.token_hex(_FEEDBACK_ID_BYTES),
            answer_id=answer.id,
            said_at=now,
            verdict=verdict,
            taxon_id=taxon_id,
            taxon_was=None if answer.best is None else answer.best.taxon.id,
            cell=answer.area.cell,
            month=answer.area.month,
            model=f"{answer.model.name} {answer.model.version}",
        )
        self._journal.add_feedback(feedback)
        return feedback

    def forget_old(self, now: datetime) -> int:
        """Forget the answers and photos whose time is up, and return how many; feedback stays.

        Raises:
            Unavailable: the journal or a photo cannot be reached; the next time does the rest.
        """
        until = now - self._retention
        forgotten = 0
        while old := self._journal.older(until, _AT_ONCE):
            # The photos first: after the entries, nothing would name those that could not be.
            for entry in old:
                self._forget_photo(entry)
            oldest = min(until, old[-1].answered_at + timedelta(microseconds=1))
            gone = self._journal.forget_before(oldest)
            for entry in gone:
                self._forget_photo(entry)
            forgotten += len(gone)
        return forgotten

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        self._journal.close()
        self._photos.close()

    def _entry(self, answer_id: str) -> Entry | None:
        return self._journal.find(answer_id) if answer_id.isascii() else None

    def _copy(self, photo: Callable[[], bytes | None]) -> bytes | None:
        """Return what is kept of the photo; a copy may need more memory than a look takes."""
        if not self._keep_photos:
            return None
        try:
            data = photo()
            return None if data is None else clean_copy(data, self._limits)
        except (RequestError, SetupError, Unavailable):
            return None

    def _put(self, key: str, copy: bytes) -> None:
        try:
            self._photos.put(key, copy)
        except (SetupError, Unavailable):
            # The answer is kept all the same; a photo that is not there does no harm.
            return

    def _forget_photo(self, entry: Entry) -> None:
        if entry.photo_key is not None:
            self._photos.delete(entry.photo_key)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _no_answer(answer_id: str) -> NotFound:
    return NotFound(f"there is no answer {answer_id[:40]!r}; it was deleted or its time is up")


def _require_sensible(answer: AnswerOut, verdict: Verdict, taxon_id: int | None) -> None:
    if taxon_id is not None and not 0 < taxon_id <= _GREATEST_TAXON_ID:
        raise RequestError(f"taxon_id is {taxon_id}; it must be an id of iNaturalist's taxa")
    best = answer.best
    same = best is not None and taxon_id == best.taxon.id
    if verdict == "not_an_animal" and taxon_id is not None:
        raise RequestError("a photo of no animal has no taxon_id; leave it out")
    if verdict == "wrong" and same:
        raise RequestError(f"taxon_id {taxon_id} is what the answer says; name another or none")
    narrower = best is not None and best.rolled_up
    if verdict == "right" and taxon_id is not None and not (same or narrower):
        raise RequestError(f"taxon_id {taxon_id} is not what the answer says; say that it is wrong")
