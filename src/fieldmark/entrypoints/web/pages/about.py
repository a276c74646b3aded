"""About: how it works, how right it is, what becomes of a photo, and whose work it rests on."""

from typing import Final

from litestar import Response, get

from fieldmark.domain.area import Release
from fieldmark.entrypoints.web.pages.about_view import about_view
from fieldmark.entrypoints.web.pages.examples import EXAMPLES
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.errors import FieldmarkError

__all__ = ["HANDLERS"]


@get("/about", include_in_schema=False, sync_to_thread=True)
def about(request: AnyRequest, service: Shared) -> Response[bytes]:
    """Answer with the page."""
    view = about_view(
        service.settings,
        service.model,
        _release(service),
        keeps_answers=service.keeper is not None,
    )
    return page(request, "about.html", page="about", view=view, examples=EXAMPLES)


def _release(service: Service) -> Release | None:
    try:
        return service.areas.release()
    except FieldmarkError:
        return None


HANDLERS: Final = (about,)
