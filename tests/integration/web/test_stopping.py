import os
import signal
import socket
import sys
from contextlib import suppress

import pytest

from served import HANG_S, problem_of, read_all, read_response, running, until

HOST = b"Host: x\r\n\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST

WORKERS = pytest.mark.parametrize("workers", [1, 2])
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


def is_refused(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as late:
            late.sendall(GET[:-2] + b"Connection: close\r\n\r\n")
            return b'"type":"overloaded"' in read_all(late)
    except ConnectionError:
        return True


@SIGNALS
@WORKERS
def test_what_runs_is_answered_and_what_is_new_is_refused(
    workers: int, number: signal.Signals
) -> None:
    with running(workers) as server, server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n" + HOST)
        # A second connection has been answered, so the first one has reached its application.
        with server.connect() as other:
            other.sendall(GET)
            read_response(other)
        server.process.send_signal(number)

        assert until(lambda: is_refused(server.port))
        response = read_all(client)
        assert response.endswith(b"slow")
        assert b"connection: close" in response
        assert server.process.wait(HANG_S) == 0


@WORKERS
@pytest.mark.parametrize("path", [b"hang", b"hang_thread", b"block"])
def test_a_request_that_hangs_does_not_keep_the_process(workers: int, path: bytes) -> None:
    with running(workers) as server, server.connect() as client:
        client.sendall(b"GET /" + path + b" HTTP/1.1\r\n" + HOST)
        if path != b"block":
            client.settimeout(0.3)
            with suppress(TimeoutError):
                client.recv(1)
        server.process.send_signal(signal.SIGTERM)

        # The bounds of this test's server are 4 s; the standard ones are 9 s of the 10 that count.
        assert server.process.wait(HANG_S) == 0


def test_a_request_that_is_cut_short_by_the_end_is_told_to_try_again() -> None:
    with running() as server, server.connect() as client:
        client.sendall(b"GET /hang HTTP/1.1\r\n" + HOST)
        with server.connect() as other:
            other.sendall(GET)
            read_response(other)
        server.process.send_signal(signal.SIGTERM)
        response = read_all(client)

        assert problem_of(response)["type"] == "overloaded"
        assert b"retry-after: 5" in response


@WORKERS
def test_a_connection_that_is_idle_or_unfinished_does_not_delay_the_end(workers: int) -> None:
    with running(workers) as server, server.connect() as idle, server.connect() as unfinished:
        idle.sendall(GET)
        read_response(idle)
        unfinished.sendall(GET[:-2])
        with server.connect() as other:
            other.sendall(GET)
            read_response(other)
        server.process.send_signal(signal.SIGTERM)

        assert read_all(idle) == b""
        assert problem_of(read_all(unfinished))["status"] == 503
        assert server.process.wait(HANG_S) == 0


@WORKERS
def test_a_second_ctrl_c_ends_at_once(workers: int) -> None:
    with running(workers) as server, server.connect() as client:
        client.sendall(b"GET /hang_thread HTTP/1.1\r\n" + HOST)
        server.process.send_signal(signal.SIGINT)
        assert until(lambda: is_refused(server.port))

        assert server.end(signal.SIGINT) == 130


def test_workers_end_when_their_supervisor_is_killed() -> None:
    with running(2) as server:
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(HANG_S)
    # The end of the block waits for every process of the group.


def test_ctrl_c_reaches_the_whole_group_and_still_lets_requests_finish() -> None:
    with running(2) as server, server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\n" + HOST)
        with server.connect() as other:
            other.sendall(GET)
            read_response(other)
        os.killpg(server.process.pid, signal.SIGINT)

        assert read_all(client).endswith(b"slow")
        assert server.process.wait(HANG_S) == 0
