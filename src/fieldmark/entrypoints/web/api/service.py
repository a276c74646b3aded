"""The service itself: is it there, is it ready, what did it count, how is it called."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get

from fieldmark.entrypoints.web.access import from_inside
from fieldmark.entrypoints.web.openapi import document
from fieldmark.entrypoints.web.service import Shared
from fieldmark.telemetry.metrics import CONTENT_TYPE

__all__ = ["HANDLERS"]


@get("/healthz", tags=["service"], summary="The process is alive", media_type="text/plain")
async def healthz() -> str:
    """Answer as long as the process runs."""
    return "ok\n"


@get("/readyz", tags=["service"], summary="The model is loaded", media_type="text/plain")
async def readyz(service: Shared) -> str:
    """Answer once the model is loaded, as it is before the first request; touches no database.

    Where a function identifies the photos, this process has no model to load.
    """
    return "ready, and a function identifies the photos\n" if service.settings.ml else "ready\n"


@get("/metrics", include_in_schema=False, guards=[from_inside], sync_to_thread=True)
def metrics(service: Shared) -> Response[bytes]:
    """Answer with Prometheus' text format; to nobody outside."""
    return Response(service.metrics.text(), media_type=CONTENT_TYPE)


@get("/openapi.json", include_in_schema=False, sync_to_thread=True)
def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer with the OpenAPI 3.1 document."""
    return Response(msgspec.json.encode(document(request.app)), media_type="application/json")


HANDLERS: Final = (healthz, readyz, metrics, openapi_json)
