"""The page about the API, drawn from the OpenAPI document with bundled assets."""

from typing import Final

from litestar import Response, get

from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page

__all__ = ["HANDLERS"]


@get("/docs", include_in_schema=False)
async def docs(request: AnyRequest) -> Response[bytes]:
    """Answer with a page that draws /openapi.json."""
    return page(request, "docs.html", page=None)


HANDLERS: Final = (docs,)
