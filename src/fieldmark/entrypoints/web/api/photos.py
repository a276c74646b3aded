"""Photos: what animal one shows, and what it says of where and when it was taken."""

from typing import Final

from litestar import Request, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, RequestBody, Schema

from fieldmark.entrypoints.web.identifying import identified, read_sent
from fieldmark.entrypoints.web.openapi import fields, operation, photo_body, problems
from fieldmark.entrypoints.web.service import Shared
from fieldmark.entrypoints.web.speaking import spoken
from fieldmark.errors import RequestError
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.sniff import sniff
from fieldmark.wire import IdentifiedOut, MetadataOut, identified_out, metadata_out

__all__ = ["HANDLERS"]

_QUESTION: Final = (
    "latitude", "longitude", "radius_m", "taken_on", "top", "use_area", "setting", "lang",
    "cell", "month", "photo_key",
)  # fmt: skip
_BYTES: Final = RequestBody(
    required=True,
    content={
        "application/octet-stream": OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        )
    },
)


@post(
    "/identify",
    status_code=200,
    tags=["photos"],
    summary="Name the animal in a photo",
    operation_class=operation(fields(*_QUESTION), photo_body()),
    responses=problems(400, 404, 413, 415, 422),
)
async def identify(request: Request[None, None, State], service: Shared) -> IdentifiedOut:
    """Answer with ranked animals and the evidence for each.

    The photo comes as the field photo of a form, or as the body with the rest in the query; or it
    was laid down before, and photo_key names it. Place and date come from the photo unless they are
    given.
    """
    said: dict[str, str] = {}
    outcome = await identified(service, request.scope, request.receive, said)  # type: ignore[arg-type]
    answer = spoken(service, request.scope, outcome.answer, said.get("lang", ""))  # type: ignore[arg-type]
    return identified_out(answer, outcome.delete_token)


@post(
    "/photo-metadata",
    status_code=200,
    tags=["photos"],
    summary="Say what a photo gives away",
    operation_class=operation(body=_BYTES),
    responses=problems(400, 413, 415),
)
async def photo_metadata(request: Request[None, None, State], service: Shared) -> MetadataOut:
    """Answer with place and time as the metadata state them.

    The first bytes of a JPEG are enough.
    """
    with service.budget.account() as count:
        sent = await read_sent(service, request.scope, request.receive, count)  # type: ignore[arg-type]
        data = sent.files.get("photo") or sent.files.get("metadata")
        if not data:
            raise RequestError("no photo was sent; send its first bytes, or all, as the body")
        kind = sniff(data)
        metadata = await sync_to_thread(read_metadata, data)
    return metadata_out(kind, metadata)


HANDLERS: Final = (identify, photo_metadata)
