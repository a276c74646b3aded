"""Every page of the website, and its assets."""

from litestar import Router

from fieldmark.entrypoints.web import assets
from fieldmark.entrypoints.web.pages import (
    about,
    access,
    animals,
    answers,
    areas,
    batch,
    docs,
    identify,
)

__all__ = ["router"]


def router() -> Router:
    """Return the pages."""
    return Router(
        "/",
        route_handlers=[
            *identify.HANDLERS,
            *answers.HANDLERS,
            *areas.HANDLERS,
            *animals.HANDLERS,
            *batch.HANDLERS,
            *about.HANDLERS,
            *access.HANDLERS,
            *docs.HANDLERS,
            *assets.HANDLERS,
        ],
    )
