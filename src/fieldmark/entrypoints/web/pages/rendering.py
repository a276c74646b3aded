"""Rendering: templates and what all of them know of the site."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response

from fieldmark.domain.area import Release
from fieldmark.entrypoints.web.assets import address_of
from fieldmark.entrypoints.web.service import Service
from fieldmark.errors import FieldmarkError
from fieldmark.wire import ProblemOut

__all__ = ["AnyRequest", "Site", "page", "problem_page", "wants_page"]

AnyRequest = Request[Any, Any, Any]

_TEMPLATES: Final = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class Site:
    """What every template knows.

    ``resolution`` is that of the atlas's cells; it and ``atlas`` are None where no atlas answers.
    """

    tiles_url: str | None
    tiles_credit: str | None
    max_photo_bytes: int
    journal: bool
    keeps_photos: bool
    uploads: bool
    model: str
    atlas: str | None
    resolution: int | None
    docs_url: str = "/docs"


def page(
    request: AnyRequest,
    template: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: object,
) -> Response[bytes]:
    """Return a rendered template, packed where the browser unpacks it.

    A page is never kept by anybody: it may show what only one person may see.
    """
    service: Service = request.app.state.service
    html = _environment().get_template(template).render(site=_site(service), **context).encode()
    sent = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", **(headers or {})}
    if "gzip" in request.headers.get("accept-encoding", ""):
        html = gzip.compress(html, compresslevel=5, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(html, status_code=status, media_type="text/html", headers=sent)


def problem_page(
    request: AnyRequest, problem: ProblemOut, headers: dict[str, str]
) -> Response[bytes]:
    """Return a problem as a page."""
    return page(request, "error.html", problem.status, headers, page=None, problem=problem)


def wants_page(request: AnyRequest) -> bool:
    """Tell whether a person asks, not a program."""
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.startswith("/v1/")


def _site(service: Service) -> Site:
    settings, release = service.settings, _release(service)
    return Site(
        tiles_url=settings.tiles_url,
        tiles_credit=settings.tiles_credit,
        max_photo_bytes=settings.max_photo_bytes,
        journal=service.keeper is not None,
        keeps_photos=service.keeper is not None and settings.keep_photos,
        uploads=service.uploads is not None,
        model=service.model,
        atlas=None if release is None else release.name,
        resolution=None if release is None else release.resolution,
    )


def _release(service: Service) -> Release | None:
    """Return the release in use, None where the atlas does not answer: a page can do without."""
    try:
        return service.areas.release()
    except FieldmarkError:
        return None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = address_of
    return environment
