"""Uploads: large photos take the way through the object store."""

from typing import Annotated, Final

from litestar import post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import Body

from fieldmark.entrypoints.web.asgi import state_of
from fieldmark.entrypoints.web.openapi import problems
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.errors import NotFound
from fieldmark.photo.announced import require_welcome
from fieldmark.ports import Uploads
from fieldmark.wire import UploadIn, UploadOut, upload_out

__all__ = ["HANDLERS"]

_SMALL_BYTES: Final = 4096

Connection = ASGIConnection[BaseRouteHandler, object, object, object]  # type: ignore[type-var]


def _takes_uploads(connection: Connection, _: BaseRouteHandler) -> None:
    """Turn away who asks where none are taken, whatever the body holds."""
    state_of(connection.scope)["route"] = "/v1/uploads"  # type: ignore[arg-type]  # a mapping
    _uploads(connection.app.state.service)


@post(
    "/uploads",
    status_code=201,
    tags=["photos"],
    summary="Ask where to lay down a large photo",
    guards=[_takes_uploads],
    request_max_body_size=_SMALL_BYTES,
    responses=problems(400, 404, 413, 415),
    sync_to_thread=True,
)
def form(data: Annotated[UploadIn, Body(title="Upload")], service: Shared) -> UploadOut:
    """Answer with a form for one photo, where photos go to an object store.

    Post the fields and then the photo as file to its url, and ask /v1/identify with photo_key.
    """
    require_welcome(data.type, data.size, service.settings.max_photo_bytes)
    return upload_out(_uploads(service).form(data.type, data.size))


def _uploads(service: Service) -> Uploads:
    if service.uploads is None:
        raise NotFound("this service takes photos directly; send them to /v1/identify")
    return service.uploads


HANDLERS: Final = (form,)
