"""One table: what each error means at every door."""

from dataclasses import dataclass
from typing import Final

from fieldmark import errors
from fieldmark.wire import ProblemOut

__all__ = ["Exit", "exit_of", "problem_of"]


class Exit:
    """What the command's exit code says."""

    OK: Final = 0
    SOME_FAILED: Final = 1
    USAGE: Final = 2
    SETUP: Final = 3
    INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    title: str
    status: int
    exit: int


_INTERNAL: Final = _Kind("internal", "Something went wrong inside Fieldmark", 500, Exit.SETUP)

_TABLE: Final[dict[type[BaseException], _Kind]] = {
    errors.RequestError: _Kind(
        "request-invalid", "The request cannot be answered as sent", 400, Exit.USAGE
    ),
    errors.PositionInvalid: _Kind(
        "position-invalid", "The position cannot be used", 422, Exit.USAGE
    ),
    errors.PositionMissing: _Kind(
        "position-missing", "Nothing says where the photo was taken", 422, Exit.USAGE
    ),
    errors.DateInvalid: _Kind("date-invalid", "The date cannot be used", 422, Exit.USAGE),
    errors.NotFound: _Kind("not-found", "There is no such thing", 404, Exit.USAGE),
    errors.Unauthorized: _Kind("unauthorized", "A key is needed", 401, Exit.USAGE),
    errors.TooManyRequests: _Kind("too-many-requests", "Too many requests", 429, Exit.SETUP),
    errors.Overloaded: _Kind("overloaded", "More photos came than can wait", 503, Exit.SETUP),
    errors.PhotoTooLarge: _Kind("photo-too-large", "The photo is too large", 413, Exit.SOME_FAILED),
    errors.PhotoTypeUnsupported: _Kind(
        "photo-type-unsupported", "The file is of no accepted photo type", 415, Exit.SOME_FAILED
    ),
    errors.PhotoUnreadable: _Kind(
        "photo-unreadable", "The photo cannot be read", 422, Exit.SOME_FAILED
    ),
    errors.SetupError: _Kind("internal", "A needed part is missing or broken", 500, Exit.SETUP),
    errors.SourceBroken: _Kind("request-invalid", "A source cannot be read", 400, Exit.SETUP),
    errors.CheckFailed: _Kind(
        "request-invalid", "The release does not hold what it must", 400, Exit.SOME_FAILED
    ),
    errors.Unavailable: _Kind("overloaded", "A needed part does not answer", 503, Exit.SETUP),
}


def problem_of(error: BaseException) -> ProblemOut:
    """Return the error as problem details; a foreign error says nothing of the inside."""
    kind = _kind(error)
    detail = str(error) if isinstance(error, errors.FieldmarkError) else "an unexpected error"
    return ProblemOut(kind.type, kind.title, kind.status, detail)


def exit_of(error: BaseException) -> int:
    """Return the exit code of a command that the error ended."""
    return _kind(error).exit


def _kind(error: BaseException) -> _Kind:
    return next((_TABLE[base] for base in type(error).__mro__ if base in _TABLE), _INTERNAL)
