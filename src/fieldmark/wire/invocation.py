"""What the ML function is asked and what it returns, version 1.

The caller may be older or newer than the function: fields that one of them does not know are passed
over, and what has no field has its default. A change that this cannot carry is another version.
"""

from datetime import date
from typing import Annotated, Final, Literal

import h3.api.basic_int as h3
import msgspec

from fieldmark.domain.answer import Answer
from fieldmark.domain.position import Position, PositionSource, parse_cell
from fieldmark.domain.taxon import Ancestor
from fieldmark.errors import RequestError
from fieldmark.ports import Question, StoredPhoto, UseArea
from fieldmark.wire.answers import AnswerOut, answer_out
from fieldmark.wire.problems import ProblemOut
from fieldmark.wire.taxa import AncestorOut, ancestor_out

__all__ = [
    "MOST_ANIMALS",
    "InvocationIn",
    "InvocationOut",
    "PlaceIn",
    "ask_of",
    "invocation_of",
    "outcome_of",
    "read_invocation",
]

MOST_ANIMALS: Final = 100
_MOST_METADATA: Final = 1024 * 1024


class PlaceIn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place on WGS 84, and who says so."""

    latitude: float
    longitude: float
    radius_m: float = 0.0
    source: PositionSource = "given"


class InvocationIn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One photo, its bytes or its key in the store of uploads, and what is asked of it.

    Bytes are in base64. ``budget_ms`` is how long whoever asks will wait; ``traceparent`` is theirs
    (W3C Trace Context, level 1).
    """

    version: Literal[1]
    photo: bytes | None = None
    photo_key: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    metadata: Annotated[bytes, msgspec.Meta(max_length=_MOST_METADATA)] | None = None
    at: PlaceIn | None = None
    taken_on: date | None = None
    cell: str | None = None
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    top: Annotated[int, msgspec.Meta(ge=1, le=MOST_ANIMALS)] = 5
    use_area: UseArea = "auto"
    captive: bool = False
    name: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    budget_ms: Annotated[int, msgspec.Meta(ge=0)] | None = None
    traceparent: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class InvocationOut(msgspec.Struct, frozen=True):
    """The answer, or the problem why there is none.

    ``ancestors`` are the groups that the answer's lineages name, so that it can be read back whole;
    ``retry_after_s`` says when to try again, where trying again helps.
    """

    version: Literal[1] = 1
    answer: AnswerOut | None = None
    ancestors: list[AncestorOut] = []
    problem: ProblemOut | None = None
    retry_after_s: float | None = None


def invocation_of(
    photo: bytes | StoredPhoto, question: Question, budget_ms: int | None = None
) -> InvocationIn:
    """Return the question as it is sent to the function."""
    at = question.at
    return InvocationIn(
        version=1,
        photo=None if isinstance(photo, StoredPhoto) else photo,
        photo_key=photo.key if isinstance(photo, StoredPhoto) else None,
        metadata=question.metadata,
        at=None if at is None else PlaceIn(at.latitude, at.longitude, at.radius_m, at.source),
        taken_on=question.on,
        cell=None if question.cell is None else h3.int_to_str(question.cell),
        month=question.month,
        top=question.top,
        use_area=question.use_area,
        captive=question.captive,
        name=question.name,
        budget_ms=budget_ms,
        traceparent=question.traceparent,
    )


def read_invocation(event: object) -> InvocationIn:
    """Return the invocation of an event, JSON that is read already.

    Raises:
        RequestError: it is none of this version; the text names the field.
    """
    try:
        return msgspec.convert(event, InvocationIn)
    except msgspec.ValidationError as error:
        raise RequestError(f"the event is no invocation of version 1: {error}") from error


def ask_of(invocation: InvocationIn) -> tuple[bytes | StoredPhoto, Question]:
    """Return the photo and the question.

    Raises:
        RequestError: there is no photo, or more than one; a place or a cell is none.
    """
    at, cell = invocation.at, invocation.cell
    question = Question(
        at=None if at is None else Position(at.latitude, at.longitude, at.radius_m, at.source),
        on=invocation.taken_on,
        cell=None if cell is None else parse_cell(cell),
        month=invocation.month,
        top=invocation.top,
        use_area=invocation.use_area,
        captive=invocation.captive,
        metadata=invocation.metadata,
        name=invocation.name,
        traceparent=invocation.traceparent,
    )
    return _photo_of(invocation), question


def outcome_of(answer: Answer) -> InvocationOut:
    """Return the answer as the function returns it."""
    return InvocationOut(
        answer=answer_out(answer),
        ancestors=[ancestor_out(group) for group in _ancestors(answer)],
    )


def _photo_of(invocation: InvocationIn) -> bytes | StoredPhoto:
    photo, key = invocation.photo, invocation.photo_key
    if (photo is None) == (key is None):
        raise RequestError("an invocation holds either photo or photo_key")
    if key is not None:
        return StoredPhoto(key)
    return photo or b""


def _ancestors(answer: Answer) -> list[Ancestor]:
    """Return each group above the answer's taxa once."""
    taxa = [animal.taxon for animal in answer.animals] + [look.taxon for look in answer.by_looks]
    if answer.best is not None:
        taxa.append(answer.best.taxon)
    return list(dict.fromkeys(group for taxon in taxa for group in taxon.lineage))
