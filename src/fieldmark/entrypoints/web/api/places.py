"""Places by name, without asking anybody else."""

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from fieldmark.entrypoints.web.openapi import problems
from fieldmark.entrypoints.web.service import Shared
from fieldmark.wire import PlacesOut, places_out

__all__ = ["HANDLERS"]


@get(
    "/places",
    tags=["areas"],
    summary="Search places by name",
    responses=problems(400),
    sync_to_thread=True,
)
def search_places(
    service: Shared,
    q: Annotated[str, QueryParameter(max_length=100, description="The beginning of a name.")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10,
) -> PlacesOut:
    """Answer with places of the gazetteer, each with the radius that it reaches."""
    return places_out(service.gazetteer.find(q, limit))


HANDLERS: Final = (search_places,)
