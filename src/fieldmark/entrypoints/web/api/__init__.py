"""The HTTP API, version 1: one module per noun."""

from litestar import Router

from fieldmark.entrypoints.web.access import admit
from fieldmark.entrypoints.web.api import answers, areas, photos, places, service, taxa, uploads

__all__ = ["routers"]


def routers() -> list[Router]:
    """Return the calls of the API, and those that are about the service itself."""
    versioned = Router(
        "/v1",
        route_handlers=[
            *photos.HANDLERS,
            *uploads.HANDLERS,
            *answers.HANDLERS,
            *areas.HANDLERS,
            *taxa.HANDLERS,
            *places.HANDLERS,
        ],
        guards=[admit],
        response_headers={"Cache-Control": "no-store"},
    )
    return [versioned, Router("/", route_handlers=[*service.HANDLERS])]
