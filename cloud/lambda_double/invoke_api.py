"""The Invoke API: as much of Lambda's service as who calls a function needs."""

import asyncio
import json
import os
import re
import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from cloud.lambda_double.function import Event, Outcome
from cloud.lambda_double.http import Request, Response
from cloud.lambda_double.pool import Pool, Throttled

__all__ = ["InvokeApi"]

_PATH: Final = re.compile(r"/2015-03-31/functions/([^/?]+)/invocations(?:\?.*)?")
_ARN: Final = re.compile(r"arn:aws:lambda:[\w-]+:\d+:function:")
MOST_BYTES: Final = 6 * 1024 * 1024
"""Of an event, and of what comes of it."""


class InvokeApi:
    """Answers requests to the service; ``GET /`` says what the double did so far."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools
        self._behind: set[asyncio.Task[Outcome]] = set()

    async def served(self, request: Request) -> Response:
        """Answer one request."""
        if request.target == "/":
            return Response(200, _json({name: dict(p.status()) for name, p in self._pools.items()}))
        match = _PATH.fullmatch(request.target)
        if match is None or request.method != "POST":
            return _error(404, "UnknownOperationException", "the double knows Invoke alone")
        name = _ARN.sub("", unquote(match[1])).partition(":")[0]
        if name not in self._pools:
            return _error(404, "ResourceNotFoundException", f"Function not found: {name}")
        if len(request.body) > MOST_BYTES:
            text = (
                f"Request must be smaller than {MOST_BYTES} bytes for the InvokeFunction operation"
            )
            return _error(413, "RequestTooLargeException", text)
        return await self._invoked(self._pools[name], request)

    async def _invoked(self, pool: Pool, request: Request) -> Response:
        event = Event(str(uuid.uuid4()), request.body or b"{}", _trace_id(request))
        headers = {"X-Amzn-RequestId": event.request_id, "X-Amz-Executed-Version": "$LATEST"}
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return Response(204, b"", headers)
        answering = asyncio.create_task(pool.answer(event))
        if kind == "Event":
            self._behind.add(answering)
            answering.add_done_callback(self._settle)
            return Response(202, b"", headers)
        try:
            outcome = await answering
        except Throttled:
            return _throttled()
        headers["X-Double-Duration-Ms"] = f"{outcome.duration_ms:.3f}"
        if len(outcome.payload) > MOST_BYTES:
            outcome = Outcome(_json({"errorType": "Function.ResponseSizeTooLarge"}), "Unhandled")
        if outcome.error is not None:
            headers["X-Amz-Function-Error"] = outcome.error
        return Response(200, outcome.payload, headers)

    def _settle(self, answered: asyncio.Task[Outcome]) -> None:
        """Let go of an event that nobody waits for; one that was throttled is not tried again."""
        self._behind.discard(answered)
        if not answered.cancelled():
            answered.exception()


def _throttled() -> Response:
    said = {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    }
    return Response(
        429,
        _json(said),
        {"X-Amzn-ErrorType": "TooManyRequestsException", "Retry-After": "1"},
    )


def _error(status: int, kind: str, text: str) -> Response:
    return Response(status, _json({"Type": "User", "Message": text}), {"X-Amzn-ErrorType": kind})


def _trace_id(request: Request) -> str:
    """Return the caller's trace, or a new one that is not sampled."""
    random = os.urandom(20).hex()
    new = f"Root=1-{random[:8]}-{random[:24]};Parent={random[24:]};Sampled=0"
    return request.headers.get("x-amzn-trace-id", new)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
