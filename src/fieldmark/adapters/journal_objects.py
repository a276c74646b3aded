"""What lies in an object of a journal: an answer's facts in one line, its document after it."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from fieldmark.errors import JournalBroken
from fieldmark.ports import Entry, Feedback, Judgement

__all__ = ["entry_of", "feedback_of", "name_of", "object_of", "object_of_feedback", "time_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN: Final = re.compile(r"[a-z0-9\-]{1,64}")
_TIMED: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MILLIS_DIGITS: Final = 12


class _Facts(msgspec.Struct, frozen=True):
    id: str
    answered_at: datetime
    token_sha256: str
    photo_key: str | None


def name_of(id_: str) -> str:
    """Return what an id is called in a key: as it is, or its hash where a key could not hold it."""
    if _PLAIN.fullmatch(id_):
        return id_
    return "_" + hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()


def time_of(id_: str) -> datetime | None:
    """Return when an id was made, None where it does not tell (RFC 9562, section 5.7)."""
    if not _TIMED.fullmatch(id_):
        return None
    try:
        millis = int(id_.replace("-", "")[:_MILLIS_DIGITS], 16)
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return None


def object_of(entry: Entry) -> bytes:
    """Return an answer as an object."""
    at = entry.answered_at.astimezone(UTC)
    facts = _Facts(entry.id, at, entry.token_sha256, entry.photo_key)
    return msgspec.json.encode(facts) + b"\n" + entry.document


def entry_of(data: bytes, where: str) -> Entry:
    """Return the answer that an object holds; ``where`` is for messages.

    Raises:
        JournalBroken: it holds none.
    """
    head, newline, document = data.partition(b"\n")
    try:
        facts = msgspec.json.decode(head, type=_Facts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _broken(where, error) from error
    if not newline or facts.answered_at.tzinfo is None:
        raise _broken(where, None)
    return Entry(facts.id, facts.answered_at, document, facts.token_sha256, facts.photo_key)


def object_of_feedback(feedback: Feedback) -> bytes:
    """Return what was said as an object."""
    return msgspec.json.encode(replace(feedback, said_at=feedback.said_at.astimezone(UTC)))


def feedback_of(data: bytes, judgement: Judgement | None, where: str) -> Feedback:
    """Return what was said, judged as it stands now; ``where`` is for messages.

    Raises:
        JournalBroken: the object holds no feedback.
    """
    try:
        said = msgspec.json.decode(data, type=Feedback)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _broken(where, error) from error
    if said.said_at.tzinfo is None:
        raise _broken(where, None)
    return said if judgement is None else replace(said, judgement=judgement)


def _broken(where: str, error: Exception | None) -> JournalBroken:
    why = "it is not whole" if error is None else str(error)
    return JournalBroken(f"{where} cannot be read ({why}); take it out, or name another place")
