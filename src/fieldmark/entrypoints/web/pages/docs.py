"""The page about the API, drawn from the OpenAPI document."""

from typing import Final

from litestar import Response, get

from fieldmark.entrypoints.web.openapi import document
from fieldmark.entrypoints.web.pages.api_view import api_view
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page

__all__ = ["HANDLERS"]


@get("/docs", include_in_schema=False, sync_to_thread=True)
def docs(request: AnyRequest) -> Response[bytes]:
    """Answer with every call and every shape."""
    return page(request, "docs.html", page=None, view=api_view(document(request.app)))


HANDLERS: Final = (docs,)
