"""Answers that a journal did not take, as the log carries them until they are taken in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec

from fieldmark.errors import JournalBroken
from fieldmark.ports import Entry
from fieldmark.wire.keeping import answer_of_document

__all__ = ["DEFERRED", "deferred_entry", "deferred_fields"]

DEFERRED: Final = "journal_deferred"
"""The name of the event; its fields are the whole answer, and hold no coordinate."""


class _Deferred(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    answered_at: Annotated[datetime, msgspec.Meta(tz=True)]
    token_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    document: str


def deferred_fields(entry: Entry) -> Mapping[str, str]:
    """Return the fields of the event; a photo is not in them, so none is named."""
    return {
        "id": entry.id,
        "answered_at": entry.answered_at.isoformat(),
        "token_sha256": entry.token_sha256,
        "document": entry.document.decode(),
    }


def deferred_entry(event: Mapping[str, object]) -> Entry:
    """Return the answer that an event holds.

    Raises:
        JournalBroken: it holds none of this version, or one that the journal never takes.
    """
    try:
        found = msgspec.convert(event, _Deferred)
        document = found.document.encode()
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise JournalBroken(f"it is no event of this version ({error})") from error
    answer = answer_of_document(document)
    if answer.id != found.id:
        raise JournalBroken(f"its answer is {answer.id[:40]!r}, not {found.id!r}")
    if answer.photo is not None or answer.position.latitude is not None:
        raise JournalBroken("its answer holds a place or a name, so it was not written by this log")
    return Entry(found.id, found.answered_at, document, found.token_sha256)
