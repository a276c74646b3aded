import base64
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.api_gateway import ApiGateway
from fieldmark.entrypoints.web.asgi import App, Message, Receive, Scope, Send
from fieldmark.errors import RequestError


def event(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "x.execute-api.eu-west-1.amazonaws.com"},
        "requestContext": {
            "domainName": "x.execute-api.eu-west-1.amazonaws.com",
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
        },
        "isBase64Encoded": False,
        **more,
    }


class Replies:
    """An application that keeps what it is asked and answers with what it was given."""

    def __init__(self, *messages: Message) -> None:
        self._messages = messages
        self.scope: Scope = {}
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.body = (await receive())["body"]
        for message in self._messages:
            await send(message)


def replies(
    body: bytes = b"", kind: str = "text/plain", status: int = 200, *more: tuple[bytes, bytes]
) -> Replies:
    headers = [(b"content-type", kind.encode()), *more]
    return Replies(
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body[:3], "more_body": True},
        {"type": "http.response.body", "body": body[3:]},
    )


def answered(app: App, asked: Mapping[str, Any], left_s: float = 5.0) -> dict[str, Any]:
    with closing(ApiGateway(app)) as door:
        return door.answer(asked, left_s)


def test_an_event_is_a_request_over_https_from_its_source() -> None:
    app = replies()

    answered(
        app,
        event(
            "POST",
            "/v1/places",
            rawQueryString="q=a%20b&q=c",
            headers={"X-Request-Id": "abc", "Content-Length": "999"},
            cookies=["one=1", "two=2"],
            body="photo=%20",
        ),
    )

    assert (app.scope["method"], app.scope["path"]) == ("POST", "/v1/places")
    assert app.scope["query_string"] == b"q=a%20b&q=c"
    assert app.scope["scheme"] == "https"
    assert app.scope["client"][0] == "203.0.113.7"
    assert dict(app.scope["headers"]) == {
        b"x-request-id": b"abc",
        b"cookie": b"one=1; two=2",
        b"content-length": b"9",
    }
    assert app.body == b"photo=%20"


@given(st.binary(max_size=200))
def test_whatever_bytes_come_arrive_and_leave_as_they_are(body: bytes) -> None:
    app = replies(body, "image/jpeg")

    response = answered(
        app, event("POST", body=base64.b64encode(body).decode(), isBase64Encoded=True), 5.0
    )

    assert app.body == body
    assert response["isBase64Encoded"]
    assert base64.b64decode(response["body"]) == body


def test_text_leaves_as_text_unless_it_is_compressed() -> None:
    plain = answered(replies("Löwe".encode(), "text/html; charset=utf-8"), event())
    compressed = replies(b"\x1f\x8b", "text/html", 200, (b"content-encoding", b"gzip"))
    packed = answered(compressed, event())

    assert (plain["body"], plain["isBase64Encoded"]) == ("Löwe", False)
    assert packed["isBase64Encoded"]


def test_repeated_fields_are_joined_and_cookies_stay_apart() -> None:
    more = ((b"vary", b"A"), (b"Vary", b"B"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))

    response = answered(replies(b"", "text/plain", 204, *more), event())

    assert response["statusCode"] == 204
    assert response["headers"]["vary"] == "A, B"
    assert response["cookies"] == ["a=1", "b=2"]


def test_a_path_is_unquoted_once() -> None:
    app = replies()

    answered(app, event(path="/animals/a%20b%2520"))

    assert app.scope["path"] == "/animals/a b%20"


def test_who_takes_longer_than_there_is_time_is_given_up() -> None:
    async def sleeper(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        await receive()  # the client never leaves before its answer

    with pytest.raises(TimeoutError):
        answered(sleeper, event(), 0.05)
    with pytest.raises(TimeoutError):
        answered(sleeper, event(), -1.0)


def test_a_body_that_no_function_may_return_is_a_fault_and_not_a_crash() -> None:
    response = answered(replies(b"x" * 5_500_000, "image/jpeg"), event(), 30.0)

    assert response["statusCode"] == 500


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"Records": []},
        {"rawPath": "/", "requestContext": None},
        {"rawPath": "/", "requestContext": {"http": {}}},
        event(body="no base64!", isBase64Encoded=True),
        event(headers=["a"]),
    ],
)
def test_an_event_of_another_kind_is_a_request_that_cannot_be_answered(
    broken: dict[str, Any],
) -> None:
    with pytest.raises(RequestError):
        answered(replies(), broken)
