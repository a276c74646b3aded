"""The page where a person shows a key; the browser keeps it in a cookie until it is closed."""

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import Cookie

from fieldmark.entrypoints.web.asgi import state_of
from fieldmark.entrypoints.web.clients import KEY_COOKIE, Client
from fieldmark.entrypoints.web.faults import fault_of
from fieldmark.entrypoints.web.pages.forms import form_of
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, page
from fieldmark.entrypoints.web.service import Shared
from fieldmark.errors import Unauthorized

__all__ = ["HANDLERS"]


@get("/access", include_in_schema=False)
async def ask_for_key(request: AnyRequest) -> Response[bytes]:
    """Answer with the form for a key."""
    onward = _inside(request.query_params.get("next", "/"))
    return page(request, "access.html", page=None, problem=None, next=onward)


@post("/access", status_code=303, include_in_schema=False)
async def take_key(request: AnyRequest, service: Shared) -> Response[bytes]:
    """Set the cookie if the key counts, and lead to where the person wanted to go."""
    said = await form_of(request)
    onward = _inside(said.get("next", "/"))
    try:
        service.keys.check(said.get("key"))
    except Unauthorized as error:
        problem, headers = fault_of(request, error)
        return page(
            request, "access.html", 401, dict(headers), page=None, problem=problem, next=onward
        )
    client: Client = state_of(request.scope)["client"]  # type: ignore[arg-type]
    cookie = Cookie(
        KEY_COOKIE, value=said["key"], httponly=True, samesite="strict", secure=client.is_secure
    )
    return Response(b"", status_code=303, headers={"Location": onward}, cookies=[cookie])


def _inside(address: str) -> str:
    """Return an address of this site: anything else leads to the first page."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isascii() and address.isprintable() else "/"


HANDLERS: Final = (ask_for_key, take_key)
