"""What lives here: a place or a click → a cell, and the page and the table of a cell."""

import calendar
import io
from typing import Any, Final

import h3.api.basic_int as h3
from litestar import Response, get
from litestar.params import FromPath

from fieldmark.domain.position import cell_shares, parse_cell
from fieldmark.entrypoints.area_table import write_area
from fieldmark.entrypoints.web.access import admit
from fieldmark.entrypoints.web.asgi import state_of
from fieldmark.entrypoints.web.asking import month_of, named_position, position_of
from fieldmark.entrypoints.web.faults import fault_of
from fieldmark.entrypoints.web.identifying import query_of
from fieldmark.entrypoints.web.pages.area_view import area_view
from fieldmark.entrypoints.web.pages.cell_words import href_of
from fieldmark.entrypoints.web.pages.listing import listing_of
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.errors import RequestError
from fieldmark.lookup import animals_of

__all__ = ["HANDLERS"]

_CSV: Final = ".csv"
_MONTHS: Final = tuple(enumerate(calendar.month_name))[1:]
_START: Final = (
    "Serengeti National Park", "Yellowstone National Park", "Great Barrier Reef", "Pantanal",
    "Svalbard", "Borneo",
)  # fmt: skip


@get("/areas", include_in_schema=False, guards=[admit], sync_to_thread=True)
def choose(request: AnyRequest, service: Shared) -> Response[bytes]:
    """Answer with the map to choose on; lead to the cell of a place that was chosen.

    The address of a cell gives less away than that of a place: only it stays in the browser.
    """
    said = _said(request)
    try:
        cell = _cell_of(service, said)
        month = month_of(said)
    except RequestError as error:
        problem, headers = fault_of(request, error)
        state_of(request.scope)["problem"] = problem.type  # type: ignore[arg-type]  # a mapping
        return _chooser(request, said, problem.status, dict(headers), problem=problem)
    if cell is None:
        return _chooser(request, said)
    return _onward(href_of(cell, f"?month={month}" if month else ""))


@get("/areas/{cell:str}", include_in_schema=False, guards=[admit], sync_to_thread=True)
def area(request: AnyRequest, cell: FromPath[str], service: Shared) -> Response[bytes]:
    """Answer with the animals of a cell, as a page or, where the name ends so, as CSV."""
    said = _said(request)
    wanted = parse_cell(cell.removesuffix(_CSV))
    own = _of_the_atlas(service, wanted)
    if own != wanted:
        # The atlas knows nothing finer; one page per cell is enough.
        ending = _CSV if cell.endswith(_CSV) else ""
        return _onward(f"{href_of(own)}{ending}{_query(request)}")
    if cell.endswith(_CSV):
        return _table(service, wanted, month_of(said))
    groups = service.taxa.groups()
    listing = listing_of(said, groups)
    found = animals_of(service.areas, wanted, month_of(said))
    view = area_view(found, wanted, listing, groups)
    return page(request, "area.html", page="areas", view=view)


def _said(request: AnyRequest) -> dict[str, str]:
    query = query_of(request.scope)  # type: ignore[arg-type]  # a scope is a mapping
    return {name: text.strip() for name, text in query.items() if text.strip()}


def _query(request: AnyRequest) -> str:
    """Return the query as it came: percent-encoded ASCII."""
    raw = request.scope["query_string"].decode("ascii", "ignore")
    return f"?{raw}" if raw else ""


def _cell_of(service: Service, said: dict[str, str]) -> int | None:
    """Return the cell in the middle of the place, the wider the further the place reaches.

    Raises:
        PositionInvalid: there is no such place.
    """
    at = position_of(said) or named_position(said, service.gazetteer)
    if at is None:
        return None
    return at.cell(cell_shares(at, service.areas.release().resolution).resolution)


def _of_the_atlas(service: Service, cell: int) -> int:
    """Return the cell, or the one around it that is as fine as the atlas."""
    resolution = service.areas.release().resolution
    return h3.cell_to_parent(cell, min(resolution, h3.get_resolution(cell)))


def _table(service: Service, cell: int, month: int | None) -> Response[bytes]:
    found = animals_of(service.areas, cell, month)
    text = io.StringIO()
    write_area(found, text)
    name = f"fieldmark-{h3.int_to_str(cell)}{'' if month is None else f'-{month:02}'}{_CSV}"
    return Response(
        text.getvalue().encode(),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _chooser(
    request: AnyRequest,
    said: dict[str, str],
    status: int = 200,
    headers: dict[str, str] | None = None,
    problem: Any = None,  # noqa: ANN401  # a ProblemOut or None, for the template alone
) -> Response[bytes]:
    return page(
        request,
        "areas.html",
        status,
        headers,
        page="areas",
        problem=problem,
        place=said.get("place", "")[:200],
        month=said.get("month", ""),
        months=_MONTHS,
        start=_START,
    )


def _onward(address: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={"Location": address})


HANDLERS: Final = (choose, area)
