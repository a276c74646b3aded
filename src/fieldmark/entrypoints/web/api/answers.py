"""Answers that were kept: to read, to delete, to comment."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from litestar import Request, delete, get, post
from litestar.params import Body, HeaderParameter, PathParameter, QueryParameter

from fieldmark.entrypoints.web.openapi import fields, operation, problems
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.entrypoints.web.speaking import spoken
from fieldmark.errors import NotFound, Unauthorized
from fieldmark.keeping import Keeper
from fieldmark.wire import AnswerOut, FeedbackIn, ReceiptOut

__all__ = ["HANDLERS", "keeper_of", "kept"]

_SMALL_BYTES: Final = 4096
AnswerId = Annotated[str, PathParameter(format="uuid")]


@get(
    "/answers/{answer_id:str}",
    tags=["answers"],
    summary="An answer that was kept",
    operation_class=operation(fields("lang")),
    responses=problems(400, 404),
    sync_to_thread=True,
)
def read_answer(request: Request[Any, Any, Any], answer_id: AnswerId, service: Shared) -> AnswerOut:
    """Answer without coordinates and without the photo's name: they are not kept."""
    return spoken(service, request.scope, kept(service, answer_id))  # type: ignore[arg-type]


@delete(
    "/answers/{answer_id:str}",
    status_code=204,
    tags=["answers"],
    summary="Delete an answer and all that was said of it",
    responses=problems(400, 404),
    sync_to_thread=True,
)
def delete_answer(
    answer_id: AnswerId,
    service: Shared,
    delete_token: Annotated[
        str | None,
        QueryParameter(name="delete_token", description="The one that came with the answer."),
    ] = None,
    token_header: Annotated[
        str | None, HeaderParameter(name="X-Delete-Token", description="The same as a header.")
    ] = None,
) -> None:
    """Forget the answer, its photo if that is kept, and the feedback on it."""
    token = token_header or delete_token
    if not token:
        raise Unauthorized("send the delete_token that came with the answer")
    keeper_of(service).delete(answer_id, token)


@post(
    "/answers/{answer_id:str}/feedback",
    status_code=202,
    tags=["answers"],
    summary="Say whether an answer is right",
    request_max_body_size=_SMALL_BYTES,
    responses=problems(400, 404, 413),
    sync_to_thread=True,
)
def add_feedback(
    answer_id: AnswerId, data: Annotated[FeedbackIn, Body(title="Feedback")], service: Shared
) -> ReceiptOut:
    """Keep what was said beside the answer; it changes nothing until a keeper confirms it."""
    said = keeper_of(service).say(answer_id, data.verdict, data.taxon_id, datetime.now(UTC))
    return ReceiptOut(said.id)


def kept(service: Service, answer_id: str) -> AnswerOut:
    """Return an answer that was kept.

    Raises:
        NotFound: there is no such answer, or none is kept here.
    """
    answer = keeper_of(service).find(answer_id)
    if answer is None:
        raise NotFound(f"there is no answer {answer_id[:40]!r}; it was deleted or its time is up")
    return answer


def keeper_of(service: Service) -> Keeper:
    """Return what keeps answers.

    Raises:
        NotFound: this service keeps none.
    """
    if service.keeper is None:
        raise NotFound("this service keeps no answers, so none has a permanent link")
    return service.keeper


HANDLERS: Final = (read_answer, delete_answer, add_feedback)
