"""Identifying over HTTP: admit, read, ask, answer, keep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from fieldmark.entrypoints.web.asgi import (
    Receive,
    Scope,
    body_of,
    departure,
    headers_of,
    state_of,
    traceparent_of,
)
from fieldmark.entrypoints.web.asking import question_of
from fieldmark.entrypoints.web.body import FORM_OVERHEAD_BYTES, Form, read_all, read_form
from fieldmark.entrypoints.web.service import Service
from fieldmark.entrypoints.web.uploaded import used
from fieldmark.errors import NotFound, PhotoTooLarge, RequestError
from fieldmark.ports import Question, StoredPhoto
from fieldmark.wire import AnswerOut, answer_out, note_out

__all__ = ["Identified", "Sent", "ask", "identified", "query_of", "read_sent"]

_QUERY_FIELDS: Final = 64


@dataclass(frozen=True, slots=True)
class Identified:
    """An answer, and the token that deletes it where it is kept."""

    answer: AnswerOut
    delete_token: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request brought: its fields, and bytes by the name of their field."""

    text: Mapping[str, str]
    files: Mapping[str, bytes]
    photo_name: str | None = None


async def identified(
    service: Service, scope: Scope, receive: Receive, typed: dict[str, str] | None = None
) -> Identified:
    """Return the answer to a photo that is sent as a form, or as the body with fields in the query.

    ``typed`` is filled with the fields as soon as they are read, for who must show them again.

    Raises:
        Overloaded: there is no place for it; where that shows at once, the body was not read.
        RequestError: the photo or the question cannot be answered as sent.
        ClientLeft: there is nobody to answer.
    """
    with service.capacity.arrive() as place, service.budget.account() as count:
        sent = await read_sent(service, scope, receive, count)
        if typed is not None:
            typed |= sent.text
        photo, question = ask(service, sent)
        question = replace(question, traceparent=traceparent_of(headers_of(scope)))
        outcome = await service.capacity.run(
            place,
            lambda gone: _answer(service, photo, question, gone),
            lambda: departure(receive),
        )
    state_of(scope)["timing_ms"] = outcome.answer.timing_ms
    return outcome


async def read_sent(
    service: Service, scope: Scope, receive: Receive, count: Callable[[int], None]
) -> Sent:
    """Return what the request brings, never more than it may.

    Raises:
        PhotoTooLarge: its length says, or its bytes show, that the photo is.
        RequestError: it is a form that cannot be read.
        Overloaded: there is no room for it now.
        ClientLeft: the client left before its end.
    """
    headers = headers_of(scope)
    most_bytes = service.settings.max_photo_bytes
    content_type = headers.get("content-type", "")
    is_form = content_type.lower().startswith("multipart/form-data")
    _check_length(headers, most_bytes + (FORM_OVERHEAD_BYTES if is_form else 0))
    query = query_of(scope)
    if is_form:
        form = await read_form(body_of(receive), content_type, most_bytes, count)
        return _merged(query, form)
    photo = await read_all(body_of(receive), most_bytes, count)
    return Sent(query, {"photo": photo} if photo else {})


def ask(service: Service, sent: Sent) -> tuple[bytes | StoredPhoto, Question]:
    """Return the photo that was sent, laid down before, or named as an example; and the question.

    Raises:
        RequestError: there is no photo, or the question has no meaning.
    """
    photo: bytes | StoredPhoto | None = sent.files.get("photo")
    name = sent.photo_name
    key = sent.text.get("photo_key", "").strip()
    if key:
        photo = _laid_down(service, photo, key)
    elif photo is None and "example" in sent.text:
        name = sent.text["example"]
        photo = _example(service, name)
    if photo is None:
        raise RequestError("no photo was sent; send one as the form's field 'photo' or as the body")
    question = question_of(sent.text, service.gazetteer, sent.files.get("metadata"), name)
    return photo, question


def query_of(scope: Scope) -> dict[str, str]:
    """Return the fields of the query; of one that is there twice the last counts.

    Raises:
        RequestError: there are too many, or they are no text in UTF-8.
    """
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_QUERY_FIELDS,
        )
    except ValueError:
        raise RequestError(
            f"the query cannot be read; it must hold at most {_QUERY_FIELDS} fields in UTF-8"
        ) from None
    return dict(pairs)


def _answer(
    service: Service, photo: bytes | StoredPhoto, question: Question, gone: Callable[[], bool]
) -> Identified:
    """Run the pipeline, and keep the answer if anybody is still there to get it."""
    if not isinstance(photo, StoredPhoto) or service.uploads is None:
        return _answered(service, photo, question, gone)
    with used(service.uploads, photo, service.observer):
        return _answered(service, photo, question, gone)


def _answered(
    service: Service, photo: bytes | StoredPhoto, question: Question, gone: Callable[[], bool]
) -> Identified:
    answer = answer_out(service.identifier.identify(photo, question))
    if service.keeper is None or gone():
        return Identified(answer, None)
    kept = service.keeper.keep(answer, lambda: _bytes_of(service, photo), datetime.now(UTC))
    if kept.note is not None:
        notes = [*answer.notes, note_out(kept.note)]
        answer = msgspec.structs.replace(answer, notes=notes)
    return Identified(answer, kept.token)


def _bytes_of(service: Service, photo: bytes | StoredPhoto) -> bytes | None:
    if not isinstance(photo, StoredPhoto):
        return photo
    return None if service.uploads is None else service.uploads.get(photo.key)


def _laid_down(service: Service, photo: bytes | StoredPhoto | None, key: str) -> StoredPhoto:
    if service.uploads is None:
        raise RequestError("this service takes no uploads by key; send the photo itself")
    if photo is not None:
        raise RequestError("a photo and a photo_key were sent; send one of them")
    return StoredPhoto(key)


def _check_length(headers: Mapping[str, str], most_bytes: int) -> None:
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > most_bytes:
        raise PhotoTooLarge(
            f"{int(length):,} bytes are announced and at most {most_bytes:,} are accepted; "
            "send a smaller copy"
        )


def _merged(query: Mapping[str, str], form: Form) -> Sent:
    for name in query.keys() & form.text.keys():
        if query[name] != form.text[name]:
            raise RequestError(f"{name[:40]} differs in the query and in the form; say it once")
    return Sent({**query, **form.text}, form.files, form.photo_name)


def _example(service: Service, name: str) -> bytes:
    known = service.examples
    if name not in known:
        raise NotFound(f"there is no example called {name[:40]!r}")
    return known[name].read_bytes()
