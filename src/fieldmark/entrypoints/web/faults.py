"""Faults: every exception → the response that says what was wrong and what to do."""

import logging
import math
import traceback
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from fieldmark.entrypoints.problems import problem_of
from fieldmark.entrypoints.web.asgi import state_of
from fieldmark.entrypoints.web.capacity import ClientLeft
from fieldmark.entrypoints.web.pages.rendering import AnyRequest, problem_page, wants_page
from fieldmark.errors import (
    FieldmarkError,
    NotFound,
    RequestError,
    SetupError,
    Unauthorized,
    Unavailable,
)
from fieldmark.ports import Observer
from fieldmark.wire import ProblemOut

__all__ = ["PROBLEM_JSON", "fault_of", "problem_response", "retry_headers"]

PROBLEM_JSON: Final = "application/problem+json"
_CLIENT_LEFT: Final = 499
"""What nginx logs for a client that left; nobody reads it."""

_TOO_LARGE: Final = 413
_UNAUTHORIZED: Final = 401


def problem_response(request: AnyRequest, error: Exception) -> Response[Any]:
    """Return the exception as problem details (RFC 9457); what is unexpected goes to the log."""
    if isinstance(error, ClientLeft):
        return Response(b"", status_code=_CLIENT_LEFT)
    problem, headers = fault_of(request, error)
    if wants_page(request):
        return error_page(request, problem, headers)
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=dict(headers),
    )


def error_page(
    request: AnyRequest, problem: ProblemOut, headers: Mapping[str, str]
) -> Response[Any]:
    """Return the problem as a page; who lacks a key is asked for one."""
    if problem.status == _UNAUTHORIZED and not request.url.path.endswith("/delete"):
        onward = request.url.path if request.method == "GET" else "/"
        return Response(b"", status_code=303, headers={"Location": f"/access?next={quote(onward)}"})
    return problem_page(request, problem, dict(headers))


def fault_of(request: AnyRequest, error: Exception) -> tuple[ProblemOut, Mapping[str, str]]:
    """Return the problem that the exception is, and the headers that go with it."""
    if isinstance(error, (SetupError, Unavailable)):
        _report(request, error)
        # What these say names files and hosts: that is for the log, not for strangers.
        problem = problem_of(error)
        detail = "a part of the service is missing or does not answer; its log says which"
        return msgspec.structs.replace(problem, detail=detail), {"Retry-After": "5"}
    if isinstance(error, FieldmarkError):
        return problem_of(error), retry_headers(error)
    if isinstance(error, HTTPException):
        return _of_the_framework(request, error)
    _report(request, error)
    logging.getLogger("fieldmark").error("a request broke", exc_info=error)
    return problem_of(error), {}


def retry_headers(error: Exception) -> Mapping[str, str]:
    """Return when to try again, where the error knows."""
    after_s = getattr(error, "retry_after_s", None)
    if after_s is None:
        return {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorized) else {}
    return {"Retry-After": str(max(1, math.ceil(after_s)))}


def _report(request: AnyRequest, error: Exception) -> None:
    """Tell the log what broke and where; only our own errors are quoted, they know no secret."""
    observer: Observer = request.app.state.service.observer
    where = traceback.extract_tb(error.__traceback__)[-1]
    observer.event(
        "request.broke",
        error=type(error).__name__,
        says=str(error) if isinstance(error, FieldmarkError) else None,
        where=f"{where.name}:{where.lineno}",
        route=str(state_of(request.scope).get("route")),  # type: ignore[arg-type]
    )


def _of_the_framework(
    request: AnyRequest, error: HTTPException
) -> tuple[ProblemOut, Mapping[str, str]]:
    path = request.url.path[:80]
    if isinstance(error, NotFoundException):
        return problem_of(NotFound(f"there is nothing at {path}; GET / lists what is")), {}
    if isinstance(error, MethodNotAllowedException):
        text = f"{request.method} is not for {path}; see /openapi.json"
        problem = ProblemOut("method-not-allowed", "The method is not for this", 405, text)
        return problem, error.headers or {}
    if isinstance(error, ValidationException):
        return problem_of(RequestError(_why(error))), {}
    if error.status_code == _TOO_LARGE:
        text = "the body is longer than this call takes"
        return ProblemOut("request-invalid", "The request cannot be answered", 413, text), {}
    if error.status_code < 500:  # HTTP's client errors
        return problem_of(RequestError(error.detail)), {}
    return problem_of(error), {}


def _why(error: ValidationException) -> str:
    """Return what did not validate, by name."""
    extra = error.extra if isinstance(error.extra, list) else []
    found = [
        f"{item['key']}: {item['message']}" if "key" in item else str(item["message"])
        for item in extra
        if isinstance(item, dict) and "message" in item
    ]
    return "; ".join(found) or error.detail
