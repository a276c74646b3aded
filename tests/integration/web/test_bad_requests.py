import socket

import pytest

from fieldmark.entrypoints.web.server.bounds import Limits
from served import problem_of, read_all, read_response, served

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /digest HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
        b"GET / HTTP/0.9\r\n" + HOST + b"\r\n",
        b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.9\r\n" + HOST + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\n" + b"Host: x\n\n",
        b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET example.org:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b": b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"A\r\n\r\n",
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Content-Length: 3, 3\r\n\r\nabc",
        POST + b"Content-Length: -3\r\n\r\nabc",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Content-Length: 0x3\r\n\r\nabc",
        POST + b"Content-Length: three\r\n\r\nabc",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: identity\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\nabc\r\n",
        CHUNKED + b"-3\r\nabc\r\n",
        CHUNKED + b"3\r\nabcd\r\n",
        CHUNKED + b"3\nabc\n",
        CHUNKED + b"fffffffffffffffff\r\nabc",
        CHUNKED + b"3\r\nabc\r\n0\r\nBad Trailer\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_refused_with_a_reason(request_bytes: bytes) -> None:
    with served() as server:
        problem = problem_of(server.ask(request_bytes))

        assert problem["type"] == "request-invalid"
        assert problem["status"] == 400


@pytest.mark.parametrize(
    ("head", "kind", "status"),
    [
        (b"".join(b"X-%d: y\r\n" % number for number in range(10_000)), "headers-too-large", 431),
        (b"X: y\r\n" * 101, "headers-too-large", 431),
        (b"X: " + b"y" * 1_000_000 + b"\r\n", "headers-too-large", 431),
        (b"X" * 1_000_000 + b": y\r\n", "headers-too-large", 431),
        (b"".join(b"X-%d: %b\r\n" % (n, b"y" * 1000) for n in range(80)), "headers-too-large", 431),
    ],
)
def test_a_flood_of_headers_is_refused(head: bytes, kind: str, status: int) -> None:
    with served() as server:
        problem = problem_of(server.ask(b"GET / HTTP/1.1\r\n" + HOST + head + b"\r\n"))

        assert (problem["type"], problem["status"]) == (kind, status)
        assert not server.app.seen


def test_an_address_of_a_megabyte_is_refused() -> None:
    with served() as server:
        problem = problem_of(server.ask(b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n"))

        assert (problem["type"], problem["status"]) == ("url-too-long", 414)


def test_headers_and_addresses_up_to_their_limits_are_taken() -> None:
    with served() as server:
        lines = b"".join(b"X-%d: %b\r\n" % (n, b"y" * 600) for n in range(97))
        response = server.ask(
            b"GET /?%b HTTP/1.1\r\n" % (b"q" * 8000) + HOST + lines + b"Connection: close\r\n\r\n"
        )

        assert response.endswith(b"hello")


def test_a_header_without_end_is_refused_long_before_it_fills_the_memory() -> None:
    with served() as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")
        try:
            for _ in range(2000):
                client.sendall(b"y" * 65536)
        except OSError:
            return  # 32 MiB were read and dropped, then the connection was closed

    raise AssertionError("the server took 128 MiB of one header")


@pytest.mark.parametrize("line", [b"0\r\nX: ", b"3;"])
def test_what_chunks_carry_beside_the_body_is_bounded(line: bytes) -> None:
    with served() as server, server.connect() as client:
        client.sendall(CHUNKED + b"3\r\nabc\r\n" + line)
        for _ in range(16):
            client.sendall(b"y" * 65536)

        assert problem_of(read_all(client))["status"] == 431


def test_lines_after_a_chunked_body_do_not_become_headers() -> None:
    with served() as server, server.connect() as client:
        client.sendall(CHUNKED + b"3\r\nabc\r\n0\r\nAuthorization: me\r\n\r\n")

        assert b"[3, " in read_response(client)
        names = {name for name, _ in server.app.scopes[0]["headers"]}
        assert names == {b"host", b"transfer-encoding"}


@pytest.mark.parametrize(
    "cut",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b",
        POST + b"Content-Length: 1000\r\n\r\n" + b"a" * 999,
        CHUNKED + b"ff\r\nabc",
        CHUNKED + b"3\r\nabc\r\n",
    ],
)
def test_a_request_that_ends_too_soon_is_refused(cut: bytes) -> None:
    with served() as server, server.connect() as client:
        client.sendall(cut)
        client.shutdown(socket.SHUT_WR)

        assert problem_of(read_all(client))["type"] == "request-invalid"
        assert not server.app.seen or server.saw("left")


def test_bytes_beyond_the_content_length_are_a_further_request_and_a_bad_one() -> None:
    with served() as server, server.connect() as client:
        client.sendall(POST + b"Content-Length: 3\r\n\r\nabcdef")

        assert b"[3, " in read_response(client)
        assert problem_of(read_all(client))["type"] == "request-invalid"


def test_bytes_after_a_request_that_closes_do_not_spoil_its_answer() -> None:
    with served() as server:
        response = server.ask(
            b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n" + b"z" * 100_000
        )

        assert response.endswith(b"hello")


def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    with served() as server, server.connect() as client:
        client.sendall(
            b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n"
            + POST + b"Content-Length: 3\r\n\r\nabc"
            + GET
        )  # fmt: skip

        assert read_response(client).endswith(b"slow")
        assert b"[3, " in read_response(client)
        assert read_response(client).endswith(b"hello")


def test_too_many_requests_sent_at_once_are_refused_after_those_that_may_wait() -> None:
    with served(limits=Limits(pipelined=2)) as server, server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n" + GET * 5000)

        assert read_response(client).endswith(b"slow")
        assert read_response(client).endswith(b"hello")
        assert read_response(client).endswith(b"hello")
        assert problem_of(read_all(client))["type"] == "request-invalid"
        assert server.app.seen == {"slow": 1, "hello": 2}


def test_a_wish_for_another_protocol_is_ignored_and_the_body_is_still_read() -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
    with served() as server, server.connect() as client:
        client.sendall(POST + upgrade + b"Content-Length: 3\r\n\r\nabc" + GET)

        assert b"[3, " in read_response(client)
        assert read_response(client).endswith(b"hello")


def test_a_websocket_is_answered_as_the_plain_request_that_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAA\r\n\r\n"
    with served() as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + upgrade)

        assert read_response(client).endswith(b"hello")
    assert not caplog.records


def test_an_application_that_fails_is_answered_for_and_its_log_holds_no_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served() as server:
        problem = problem_of(server.ask(b"GET /crash HTTP/1.1\r\n" + HOST + b"\r\n"))

    assert (problem["type"], problem["status"]) == ("internal", 500)
    assert "failed with ValueError" in caplog.text


def test_an_application_that_answers_nothing_is_answered_for() -> None:
    with served() as server:
        problem = problem_of(server.ask(b"GET /silent HTTP/1.1\r\n" + HOST + b"\r\n"))

        assert problem["status"] == 500


def test_head_has_no_body_and_http_1_0_no_chunks() -> None:
    with served() as server:
        head = server.ask(b"HEAD / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        stream = server.ask(b"GET /stream HTTP/1.0\r\n\r\n")

        assert head.endswith(b"\r\n\r\n")
        assert b"content-length: 5" in head
        assert stream.endswith(b"\r\n\r\none two")
        assert b"chunked" not in stream


def test_more_connections_than_there_may_be_are_told_when_to_come_again() -> None:
    with served(limits=Limits(connections=2)) as server, server.connect() as one:
        one.sendall(GET)
        read_response(one)
        with server.connect() as two:
            two.sendall(GET)
            read_response(two)
            refused = server.ask(GET)

        assert problem_of(refused)["type"] == "overloaded"
        assert b"retry-after: 1" in refused


def test_a_response_that_breaks_its_promise_before_it_left_is_answered_for() -> None:
    with served() as server:
        problem = problem_of(server.ask(b"GET /lie HTTP/1.1\r\n" + HOST + b"\r\n"))

        assert problem["status"] == 500
