import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.entrypoints.web.server.refusals import FAILED, STOPPING
from fieldmark.entrypoints.web.server.response import Response

LENGTH_5 = [(b"Content-Length", b"5")]


def test_a_length_that_is_given_frames_the_body() -> None:
    response = Response("GET", "1.1")

    head = response.head(200, LENGTH_5, keep_alive=True)

    assert head == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
    assert response.body(b"he", is_last=False) + response.body(b"llo", is_last=True) == b"hello"
    assert response.keep_alive


@pytest.mark.parametrize(("body", "is_last"), [(b"hello!", False), (b"hell", True)])
def test_a_body_of_another_length_than_promised_is_an_error(body: bytes, is_last: bool) -> None:  # noqa: FBT001  # a table
    response = Response("GET", "1.1")
    response.head(200, LENGTH_5, keep_alive=True)

    with pytest.raises(RuntimeError, match="Content-Length"):
        response.body(body, is_last=is_last)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_body_of_unknown_length_goes_in_chunks_and_only_the_last_ends_it(
    pieces: list[bytes],
) -> None:
    response = Response("GET", "1.1")
    head = response.head(200, [], keep_alive=True)
    sent = b"".join(response.body(piece, is_last=False) for piece in pieces)
    sent += response.body(b"", is_last=True)

    assert b"transfer-encoding: chunked" in head
    assert sent.endswith(b"0\r\n\r\n")
    assert _from_chunks(sent) == b"".join(pieces)


def _from_chunks(data: bytes) -> bytes:
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        body += data[: int(size, 16)]
        data = data[int(size, 16) + 2 :]
    return body


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_what_has_no_body_sends_none(method: str, status: int) -> None:
    response = Response(method, "1.1")
    head = response.head(status, [], keep_alive=True)

    assert response.body(b"hello", is_last=True) == b""
    assert b"transfer-encoding" not in head
    assert response.keep_alive


def test_the_end_of_the_connection_ends_a_body_of_unknown_length_for_http_1_0() -> None:
    response = Response("GET", "1.0")
    head = response.head(200, [], keep_alive=True)

    assert b"connection: close" in head
    assert not response.keep_alive
    assert response.body(b"hello", is_last=True) == b"hello"


def test_an_application_may_close_the_connection() -> None:
    response = Response("GET", "1.1")
    head = response.head(200, [*LENGTH_5, (b"Connection", b"close")], keep_alive=True)

    assert head.count(b"close") == 1
    assert not response.keep_alive


@pytest.mark.parametrize(
    "header", [(b"a b", b"c"), (b"a", b"b\r\nc: d"), (b"", b"c"), (b"a:", b"c"), (b"a", b"\x00")]
)
def test_a_header_cannot_smuggle_another_one(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(RuntimeError, match="no header may have"):
        Response("GET", "1.1").head(200, [header], keep_alive=True)


def test_a_status_without_a_name_is_sent_without_one() -> None:
    head = Response("GET", "1.1").head(299, LENGTH_5, keep_alive=True)

    assert head.startswith(b"HTTP/1.1 299 \r\n")


def test_a_refusal_is_a_problem_that_closes_the_connection() -> None:
    head, _, body = STOPPING.response([(b"date", b"today")]).partition(b"\r\n\r\n")

    assert head.split(b"\r\n") == [
        b"HTTP/1.1 503 Service Unavailable",
        b"date: today",
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
        b"connection: close",
        b"retry-after: 5",
    ]
    assert b'"type":"overloaded"' in body
    assert b"an unexpected error" in FAILED.response()
