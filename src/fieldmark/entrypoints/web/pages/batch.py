"""Many photos at once: a page whose script sends them one after another."""

from typing import Final

from litestar import Response, get

from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page

__all__ = ["HANDLERS"]


@get("/batch", include_in_schema=False)
async def batch(request: AnyRequest) -> Response[bytes]:
    """Answer with the page."""
    return page(request, "batch.html", page="batch")


HANDLERS: Final = (batch,)
