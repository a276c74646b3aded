"""Every page of the website, and its assets."""

from litestar import Router

from fieldmark.entrypoints.web import assets
from fieldmark.entrypoints.web.pages import access, answers, docs, identify

__all__ = ["router"]


def router() -> Router:
    """Return the pages."""
    return Router(
        "/",
        route_handlers=[
            *identify.HANDLERS,
            *answers.HANDLERS,
            *access.HANDLERS,
            *docs.HANDLERS,
            *assets.HANDLERS,
        ],
    )
