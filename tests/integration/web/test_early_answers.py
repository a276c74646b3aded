import hashlib
import socket
from contextlib import suppress
from typing import cast

import pytest

from fieldmark.entrypoints.web.server.bounds import Deadlines, Limits
from fieldmark.entrypoints.web.server.connection import Connection
from served import SHORT, read_all, read_response, served

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
SIZE = 30 * 1024 * 1024
LENGTH = b"POST /refuse HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % SIZE
CHUNKED = b"POST /refuse HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = bytes(range(256)) * 1024


def send_plain(client: socket.socket) -> None:
    for _ in range(SIZE // len(PIECE)):
        client.sendall(PIECE)


def send_chunks(client: socket.socket) -> None:
    for _ in range(SIZE // len(PIECE)):
        client.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
    client.sendall(b"0\r\n\r\n")


def test_a_client_that_sends_30_mb_reads_the_refusal_and_can_go_on() -> None:
    with served() as server, server.connect() as client:
        client.sendall(LENGTH)
        send_plain(client)
        client.sendall(GET)

        assert read_response(client).endswith(b"too large")
        assert read_response(client).endswith(b"hello")


def test_a_client_that_sends_30_mb_in_chunks_reads_the_refusal_and_can_go_on() -> None:
    with served() as server, server.connect() as client:
        client.sendall(CHUNKED)
        send_chunks(client)
        client.sendall(GET)

        assert read_response(client).endswith(b"too large")
        assert read_response(client).endswith(b"hello")


@pytest.mark.parametrize("head", [LENGTH, CHUNKED])
def test_a_body_beyond_what_is_dropped_costs_the_connection_but_not_the_answer(
    head: bytes,
) -> None:
    limits = Limits(discarded_bytes=20 * 1024 * 1024)
    with served(limits=limits) as server, server.connect() as client:
        client.sendall(head)
        with suppress(OSError):  # it may be cut off while it still sends
            (send_plain if head is LENGTH else send_chunks)(client)
        response = client.recv(65536)

        assert response.endswith(b"too large")
        assert (b"connection: close" in response) == (head is LENGTH)


def test_a_client_that_waits_for_100_gets_the_final_answer_instead() -> None:
    head = LENGTH[:-2] + b"Expect: 100-continue\r\n\r\n"
    with served() as server, server.connect() as client:
        client.sendall(head)
        response = read_all(client)

        assert response.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in response


def test_a_client_that_waits_for_100_gets_it_when_its_body_is_wanted() -> None:
    head = b"POST /digest HTTP/1.1\r\n" + HOST
    with served() as server, server.connect() as client:
        client.sendall(head + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        first = client.recv(65536)
        client.sendall(b"abc")

        assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert b"[3, " in read_response(client)


def test_a_body_that_was_answered_early_still_has_its_deadline() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(LENGTH + b"a")

        assert read_all(client).endswith(b"too large")


def test_a_large_body_arrives_whole_however_slowly_the_application_reads() -> None:
    with served() as server, server.connect() as client:
        client.sendall(LENGTH.replace(b"/refuse", b"/digest"))
        send_plain(client)
        whole = hashlib.sha256(PIECE * (SIZE // len(PIECE))).hexdigest()

        assert whole.encode() in read_response(client)


def test_an_application_that_waits_learns_that_its_client_has_left() -> None:
    with served() as server:
        with server.connect() as client:
            client.sendall(b"GET /queued HTTP/1.1\r\n" + HOST + b"\r\n")
            assert server.saw("read")

        assert server.saw("left")


def test_an_application_that_waits_learns_that_its_client_was_reset() -> None:
    with served() as server:
        with server.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(b"GET /queued HTTP/1.1\r\n" + HOST + b"\r\n")
            assert server.saw("read")

        assert server.saw("left")


def test_a_client_that_leaves_with_a_request_behind_the_first_is_noticed_too() -> None:
    with served() as server:
        with server.connect() as client:
            client.sendall(b"GET /queued HTTP/1.1\r\n" + HOST + b"\r\n" + GET)
            assert server.saw("read")

        assert server.saw("left")
        assert server.app.seen["hello"] == 0


def test_a_client_that_leaves_amid_a_large_body_that_nobody_reads_is_noticed() -> None:
    with served() as server:
        with server.connect() as client:
            client.sendall(LENGTH.replace(b"/refuse", b"/idle") + PIECE)
            assert server.saw("idle")

        assert server.saw("left")


def test_the_standard_deadlines_are_those_that_the_documents_state() -> None:
    standard = Deadlines()

    assert (standard.headers_s, standard.body_s, standard.idle_s) == (10, 60, 10)
    assert standard.drain_s < standard.exit_s < 10


def test_a_body_in_very_small_chunks_is_held_back_before_it_fills_the_memory() -> None:
    with served() as server, server.connect() as client:
        client.sendall(CHUNKED.replace(b"/refuse", b"/hang"))
        assert server.saw("hang")
        client.settimeout(1.0)
        sent = 0
        with suppress(TimeoutError):
            for _ in range(1000):
                client.sendall(b"2\r\nab\r\n" * 10_000)
                sent += 20_000
        (connection,) = cast("set[Connection]", server.host.server_state.connections)

        assert sent < 20_000_000
        assert len(connection._queue[0]._pieces) < 100_000
