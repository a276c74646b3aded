"""The first page and what becomes of its form: a photo in, the answer's page out."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from fieldmark.domain.position import parse_cell
from fieldmark.entrypoints.web.access import admit
from fieldmark.entrypoints.web.asgi import state_of
from fieldmark.entrypoints.web.capacity import ClientLeft
from fieldmark.entrypoints.web.faults import fault_of, problem_response
from fieldmark.entrypoints.web.identifying import Identified, identified
from fieldmark.entrypoints.web.pages.answer_view import answer_view
from fieldmark.entrypoints.web.pages.identify_view import identify_view
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.errors import FieldmarkError, NotFound, Unauthorized
from fieldmark.lookup import animals_of
from fieldmark.wire import AnswerOut, AreaOut, area_out

__all__ = ["HANDLERS", "residents_of"]


@get("/", include_in_schema=False)
async def home(request: AnyRequest) -> Response[bytes]:
    """Answer with the form."""
    return page(request, "identify.html", page="identify", view=identify_view())


@post("/identify", status_code=200, include_in_schema=False, guards=[admit])
async def identify(request: AnyRequest, service: Shared) -> Response[Any]:
    """Answer with the answer's page, or with the part of it that the script asks for.

    What goes wrong comes back as the form, with what was typed and what to do.
    """
    typed: dict[str, str] = {}
    try:
        outcome = await identified(service, request.scope, request.receive, typed)  # type: ignore[arg-type]
    except ClientLeft as error:
        return problem_response(request, error)
    except Exception as error:  # noqa: BLE001  # whatever it is, a person gets a page
        return _refused(request, error, typed)
    residents = await sync_to_thread(residents_of, service, outcome.answer)
    return _answered(request, outcome, residents, typed)


@get("/identify", include_in_schema=False)
async def identify_again() -> Response[None]:
    """Lead who reloads the answer's page back to the form: the photo is not here any more."""
    return Response(None, status_code=303, headers={"Location": "/"})


@get("/examples/{name:str}", include_in_schema=False)
async def example(name: FromPath[str], service: Shared) -> Response[bytes]:
    """Answer with an example photo as it lies here, metadata and all."""
    path = service.examples.get(name.removesuffix(".jpg"))
    if path is None:
        raise NotFound(f"there is no example called {name[:40]!r}")
    data = await sync_to_thread(path.read_bytes)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(data, media_type="image/jpeg", headers=headers)


def residents_of(service: Service, answer: AnswerOut) -> AreaOut | None:
    """Return the animals of the answer's area and month, None where no area was used."""
    if answer.area.cell is None or answer.area.status not in ("used", "fallback"):
        return None
    try:
        cell = parse_cell(answer.area.cell)
        return area_out(animals_of(service.areas, cell, answer.area.month))
    except FieldmarkError:
        return None


def _answered(
    request: AnyRequest, outcome: Identified, residents: AreaOut | None, typed: dict[str, str]
) -> Response[bytes]:
    setting = "captive" if typed.get("setting") == "captive" else "wild"
    return page(
        request,
        "_answer.html" if "fragment" in typed else "answer.html",
        page="identify",
        view=answer_view(outcome.answer, residents, setting),
        delete_token=outcome.delete_token,
    )


def _refused(request: AnyRequest, error: Exception, typed: dict[str, str]) -> Response[bytes]:
    if isinstance(error, Unauthorized):
        raise error
    problem, headers = fault_of(request, error)
    state_of(request.scope)["problem"] = problem.type  # type: ignore[arg-type]
    if "fragment" in typed:
        return page(request, "_problem.html", problem.status, dict(headers), problem=problem)
    return page(
        request,
        "identify.html",
        problem.status,
        dict(headers),
        page="identify",
        view=identify_view(typed, problem),
    )


HANDLERS: Final = (home, identify, identify_again, example)
