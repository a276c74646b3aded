import asyncio
import uuid

import pytest

from fakes import Recorder
from fieldmark.entrypoints.web.asgi import App, Message, Receive, Scope, Send, state_of
from fieldmark.entrypoints.web.envelope import Envelope
from fieldmark.settings import Settings


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    state = state_of(scope)
    state["route"] = "/v1/areas"
    state["timing_ms"] = {"read": 9.123, "total": 10.0}
    state["headers"] = [("RateLimit", '"default";r=1;t=1')]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": scope["method"].encode()})


async def broken(*_: object) -> None:
    raise KeyError("broken")


def asked(
    app: App = fine,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    method: str = "GET",
    settings: Settings | None = None,
) -> tuple[list[Message], dict[str, object]]:
    sent: list[Message] = []
    recorder = Recorder()
    scope: Scope = {
        "type": "http", "method": method, "path": "/v1/areas", "scheme": "http",
        "query_string": b"latitude=-24.99&longitude=31.55", "headers": headers,
        "client": ("127.0.0.1", 5),
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Envelope(app, settings or Settings(), recorder)(scope, receive, send))
    ((name, fields),) = recorder.events
    assert name == "request.answered"
    return sent, fields


def header(sent: list[Message], name: str) -> str:
    (value,) = [value for key, value in sent[0]["headers"] if key == name.encode()]
    return str(value.decode())


def test_every_response_carries_an_id_its_timings_and_the_safety_headers() -> None:
    sent, _ = asked()

    assert uuid.UUID(header(sent, "x-request-id")).version == 7
    assert header(sent, "server-timing").startswith("read;dur=9.12, total;dur=")
    assert "default-src 'self'" in header(sent, "content-security-policy")
    assert header(sent, "referrer-policy") == "no-referrer"
    assert header(sent, "x-content-type-options") == "nosniff"
    assert header(sent, "ratelimit") == '"default";r=1;t=1'
    assert header(sent, "x-own") == "1"


def test_an_id_that_is_given_comes_back_unless_it_is_none() -> None:
    given, fields = asked(headers=((b"x-request-id", b"abc-123"),))
    hostile, _ = asked(headers=((b"x-request-id", b"a" * 65),))

    assert header(given, "x-request-id") == fields["request_id"] == "abc-123"
    assert header(hostile, "x-request-id") != "a" * 65


def test_head_is_answered_as_get() -> None:
    sent, fields = asked(method="HEAD")

    assert sent[1]["body"] == b"GET"
    assert fields["method"] == "HEAD"


def test_the_event_names_the_route_and_never_the_query() -> None:
    _, fields = asked()

    assert (fields["route"], fields["status"], fields["read_ms"]) == ("/v1/areas", 200, 9.123)
    assert "24.99" not in repr([said for name, said in fields.items() if name[-3:] != "_ms"])


def test_the_only_exception_of_the_policy_is_the_tile_server_that_is_set() -> None:
    tiles = Settings(tiles_url="https://tiles.example:8443/{z}/{x}/{y}.png")

    policy = header(asked(settings=tiles)[0], "content-security-policy")

    assert "img-src 'self' blob: data: https://tiles.example:8443;" in policy
    assert "https" not in header(asked()[0], "content-security-policy")


def test_a_traceparent_is_passed_on_and_rubbish_is_not() -> None:
    good = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    assert asked(headers=((b"traceparent", good),))[1]["traceparent"] == good.decode()
    assert asked(headers=((b"traceparent", b"<x>"),))[1]["traceparent"] is None


def test_an_application_that_breaks_is_told_of_all_the_same() -> None:
    recorder = Recorder()
    scope: Scope = {
        "type": "http", "method": "GET", "path": "/", "scheme": "http", "query_string": b"",
        "headers": (), "client": None,
    }  # fmt: skip

    with pytest.raises(KeyError):
        asyncio.run(Envelope(broken, Settings(), recorder)(scope, None, None))  # type: ignore[arg-type]

    assert recorder.events[0][1]["status"] is None
