"""What the server itself answers, where a request never reaches the application."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fieldmark.entrypoints.problems import problem_of
from fieldmark.errors import Overloaded, RequestError
from fieldmark.identify import new_id
from fieldmark.wire import ProblemOut, encode

__all__ = [
    "BODY_LATE",
    "FAILED",
    "FULL",
    "HEADERS_LATE",
    "HEADERS_TOO_LARGE",
    "STOPPING",
    "TOO_MANY_HEADERS",
    "URL_TOO_LONG",
    "Refusal",
    "Refused",
    "invalid",
    "refused_headers",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem, and when to try again; the connection closes after it."""

    problem: ProblemOut
    retry_after_s: int | None = None

    def response(self, more_headers: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
        """Return the whole HTTP response."""
        body = encode(self.problem).encode()
        status = HTTPStatus(self.problem.status)
        headers = [
            *more_headers,
            (b"content-type", b"application/problem+json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        if self.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % self.retry_after_s))
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", body])


class Refused(Exception):
    """A request that the server refuses; it never leaves the server."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.problem.detail)
        self.refusal = refusal


def refused_headers(took_s: float) -> list[tuple[bytes, bytes]]:
    """Return what every response carries, for one that never was the application's."""
    return [
        (b"x-request-id", new_id().encode()),
        (b"server-timing", b"total;dur=%.2f" % (took_s * 1e3)),
    ]


def invalid(why: str) -> Refusal:
    """Return the refusal of bytes that are no request."""
    return Refusal(problem_of(RequestError(f"the bytes are no HTTP/1.1 request: {why}")))


def _overloaded(why: str, retry_after_s: int) -> Refusal:
    return Refusal(problem_of(Overloaded(why)), retry_after_s)


def _large(kind: str, title: str, status: int, detail: str) -> Refusal:
    return Refusal(ProblemOut(kind, title, status, detail))


_LATE: Final = "The request did not come in time"
_LARGE: Final = "The headers are too large"

HEADERS_LATE: Final = _large(
    "request-timeout", _LATE, 408, "the headers did not end in time; send them at once"
)
BODY_LATE: Final = _large(
    "request-timeout",
    _LATE,
    408,
    "the body did not end in time; send a smaller copy or use a faster network",
)
HEADERS_TOO_LARGE: Final = _large(
    "headers-too-large", _LARGE, 431, "the headers are larger than is accepted; send fewer"
)
TOO_MANY_HEADERS: Final = _large(
    "headers-too-large", _LARGE, 431, "there are more header lines than are accepted; send fewer"
)
URL_TOO_LONG: Final = _large(
    "url-too-long",
    "The address is too long",
    414,
    "the address is longer than is accepted; send what is long in the body",
)
FULL: Final = _overloaded("there are as many connections as this server takes; try again in 1 s", 1)
STOPPING: Final = _overloaded("this server is stopping; try again in 5 s", 5)
FAILED: Final = Refusal(problem_of(RuntimeError()))
