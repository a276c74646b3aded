"""The website on AWS Lambda: page, API and pipeline in one function, behind an HTTP API.

Set the function's handler to ``fieldmark.entrypoints.aws_lambda_web.handler``. Everything is made
once, when the environment starts. Nothing runs after an answer, so what a server does every hour is
done when a schedule says so: the event ``{"do": "forget"}`` forgets what may be kept no longer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec

from fieldmark.entrypoints.api_gateway import ApiGateway
from fieldmark.entrypoints.problems import problem_of
from fieldmark.entrypoints.web.app import application, service_of
from fieldmark.errors import FieldmarkError, Overloaded
from fieldmark.settings import Settings

__all__ = ["handler"]

_SPARE_S: Final = 1.0
"""What is left for saying that the time was too short."""
_RETRY_S: Final = 2.0


class _Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: Mapping[str, Any], context: _Context) -> object:
    """Answer one request, or do what a schedule asks for."""
    if event.get("do") == "forget":
        return {"forgotten": _forget()}
    try:
        return _door.answer(event, context.get_remaining_time_in_millis() / 1e3 - _SPARE_S)
    except TimeoutError:
        return _refusal(Overloaded("the answer took too long", _RETRY_S))
    except FieldmarkError as error:
        return _refusal(error)


def _forget() -> int:
    keeper = _service.keeper
    return 0 if keeper is None else keeper.forget_old(datetime.now(UTC))


def _refusal(error: FieldmarkError) -> dict[str, Any]:
    problem = problem_of(error)
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
    if (after_s := getattr(error, "retry_after_s", None)) is not None:
        headers["retry-after"] = str(round(after_s))
    return {
        "statusCode": problem.status,
        "headers": headers,
        "body": msgspec.json.encode(problem).decode(),
    }


_service = service_of(Settings.from_environment(), held=False)
_door = ApiGateway(application(_service))
