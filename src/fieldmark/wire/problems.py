"""Problems as they leave and as they are read back: why there is no answer."""

from collections.abc import Mapping
from typing import Final

import msgspec

from fieldmark import errors

__all__ = ["FailureOut", "ProblemOut", "error_of"]

_ERRORS: Final[Mapping[str, type[errors.FieldmarkError]]] = {
    "request-invalid": errors.RequestError,
    "unauthorized": errors.Unauthorized,
    "not-found": errors.NotFound,
    "photo-too-large": errors.PhotoTooLarge,
    "photo-type-unsupported": errors.PhotoTypeUnsupported,
    "photo-unreadable": errors.PhotoUnreadable,
    "position-missing": errors.PositionMissing,
    "position-invalid": errors.PositionInvalid,
    "date-invalid": errors.DateInvalid,
    "too-many-requests": errors.TooManyRequests,
    "overloaded": errors.Overloaded,
    "internal": errors.SetupError,
}
"""The contract's types; each is what the error becomes at every door (entrypoints.problems)."""

_SERVER_ERRORS: Final = 500


class ProblemOut(msgspec.Struct, frozen=True):
    """Why there is no answer, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str


class FailureOut(msgspec.Struct, frozen=True):
    """A photo that could not be answered."""

    photo: str
    problem: ProblemOut


def error_of(problem: ProblemOut, retry_after_s: float | None = None) -> errors.FieldmarkError:
    """Return the error that the problem was where it happened.

    What is overloaded says when to come again; what does not is a part that did not answer.
    """
    refused = (errors.Overloaded, errors.TooManyRequests)
    unknown = errors.SetupError if problem.status >= _SERVER_ERRORS else errors.RequestError
    kind = _ERRORS.get(problem.type, unknown)
    if not issubclass(kind, refused):
        return kind(problem.detail)
    if retry_after_s is None:
        return errors.Unavailable(problem.detail)
    return kind(problem.detail, retry_after_s)
