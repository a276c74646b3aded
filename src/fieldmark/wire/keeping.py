"""What is kept of answers, and what was said of them as it leaves: never a coordinate."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from fieldmark.domain.taxon import Taxon
from fieldmark.errors import JournalBroken
from fieldmark.ports import Feedback, Judgement, Verdict
from fieldmark.wire.answers import AnswerOut, PositionOut

__all__ = ["FeedbackOut", "answer_of_document", "feedback_out", "journal_document"]

_QUOTING: Final = ("position-", "photo-time-")
"""Notes of these kinds may quote the photo's metadata."""


class FeedbackOut(msgspec.Struct, frozen=True):
    """What a person said of an answer; the names are None where the atlas does not know them."""

    id: str
    answer_id: str
    said_at: datetime
    verdict: Verdict
    taxon_id: int | None
    scientific_name: str | None
    common_name: str | None
    taxon_was: int | None
    scientific_name_was: str | None
    common_name_was: str | None
    cell: str | None
    month: int | None
    model: str
    judgement: Judgement


def feedback_out(feedback: Feedback, taxa: Mapping[int, Taxon]) -> FeedbackOut:
    """Return what was said as it leaves, with the names of the taxa."""
    named = None if feedback.taxon_id is None else taxa.get(feedback.taxon_id)
    was = None if feedback.taxon_was is None else taxa.get(feedback.taxon_was)
    return FeedbackOut(
        id=feedback.id,
        answer_id=feedback.answer_id,
        said_at=feedback.said_at,
        verdict=feedback.verdict,
        taxon_id=feedback.taxon_id,
        scientific_name=named.scientific_name if named else None,
        common_name=named.common_name if named else None,
        taxon_was=feedback.taxon_was,
        scientific_name_was=was.scientific_name if was else None,
        common_name_was=was.common_name if was else None,
        cell=feedback.cell,
        month=feedback.month,
        model=feedback.model,
        judgement=feedback.judgement,
    )


def journal_document(answer: AnswerOut) -> bytes:
    """Return the answer as the journal keeps it: no coordinates, no name of the photo."""
    kept = msgspec.structs.replace(
        answer,
        photo=None,
        position=PositionOut(None, None, None, answer.position.source),
        notes=[note for note in answer.notes if not note.code.startswith(_QUOTING)],
    )
    return msgspec.json.encode(kept)


def answer_of_document(data: bytes) -> AnswerOut:
    """Return the answer that the journal kept.

    Raises:
        JournalBroken: the document is no answer of this version.
    """
    try:
        return msgspec.json.decode(data, type=AnswerOut)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalBroken(
            f"an answer in the journal cannot be read ({error}); another version wrote it"
        ) from error
