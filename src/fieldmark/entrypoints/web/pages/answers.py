"""Pages of answers that were kept: to look at again, to comment, to delete."""

from datetime import UTC, datetime
from typing import Final, cast, get_args

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from fieldmark.entrypoints.web.access import admit
from fieldmark.entrypoints.web.api.answers import keeper_of, kept
from fieldmark.entrypoints.web.pages.answer_view import answer_view
from fieldmark.entrypoints.web.pages.forms import form_of
from fieldmark.entrypoints.web.pages.identify import residents_of
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Service, Shared
from fieldmark.errors import RequestError
from fieldmark.ports import Verdict

__all__ = ["HANDLERS"]


@get("/answers/{answer_id:str}", include_in_schema=False, sync_to_thread=True)
def answer(request: AnyRequest, answer_id: FromPath[str], service: Shared) -> Response[bytes]:
    """Answer with the page of an answer that was kept."""
    found = kept(service, answer_id)
    return page(
        request,
        "answer.html",
        page="identify",
        view=answer_view(found, residents_of(service, found)),
        delete_token=None,
        said=request.query_params.get("said"),
    )


@post("/answers/{answer_id:str}/feedback", include_in_schema=False, guards=[admit])
async def comment(
    request: AnyRequest, answer_id: FromPath[str], service: Shared
) -> Response[bytes]:
    """Keep what a person says and lead back to the answer, which thanks."""
    said = await form_of(request)
    verdict = said.get("verdict", "")
    if verdict not in get_args(Verdict):
        raise RequestError("say whether the answer is right or wrong, or that there is no animal")
    taxon_id = await sync_to_thread(_named, service, said)
    keeper = keeper_of(service)
    await sync_to_thread(
        keeper.say, answer_id, cast("Verdict", verdict), taxon_id, datetime.now(UTC)
    )
    return _onward(f"/answers/{answer_id}?said={verdict}#feedback")


@post("/answers/{answer_id:str}/delete", include_in_schema=False, guards=[admit])
async def delete(request: AnyRequest, answer_id: FromPath[str], service: Shared) -> Response[bytes]:
    """Forget the answer and say so."""
    said = await form_of(request)
    keeper = keeper_of(service)
    await sync_to_thread(keeper.delete, answer_id, said.get("delete_token", ""))
    return page(request, "deleted.html", page="identify")


def _named(service: Service, said: dict[str, str]) -> int | None:
    """Return the animal that a person names, by id or, without a script, by its name.

    Raises:
        RequestError: nothing is called that.
    """
    given = said.get("taxon_id", "").strip()
    if given.isascii() and given.isdigit() and len(given) <= 10:
        return int(given)
    name = said.get("taxon_name", "").strip()
    if not name:
        return None
    found = service.taxa.find(name, 1)
    if not found:
        raise RequestError(f"neither model nor atlas knows an animal called {name[:40]!r}")
    return found[0].id


def _onward(address: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={"Location": address})


HANDLERS: Final = (answer, comment, delete)
