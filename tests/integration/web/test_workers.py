import os
import signal
import socket
import sys
from collections import Counter
from contextlib import ExitStack

import pytest

from served import HANG_S, Running, program, read_all, read_response, running

WHO = b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers need POSIX")


def who(client: socket.socket) -> int:
    client.sendall(WHO)
    return int(read_response(client).partition(b"\r\n\r\n")[2])


def ask_who(server: Running) -> int:
    with server.connect() as client:
        return who(client)


def test_eight_clients_that_stay_connected_are_shared_out_evenly() -> None:
    with running(2) as server, ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(8)]
        served_by = Counter(who(client) for client in clients)

        assert sorted(served_by.values()) == [4, 4]
        assert server.process.pid not in served_by


def test_a_new_connection_goes_to_the_worker_that_has_fewer() -> None:
    with running(2) as server, server.connect() as stays:
        busy = who(stays)

        assert {ask_who(server) for _ in range(2)} | {busy} != {busy}


def test_a_worker_that_dies_is_replaced_and_the_other_goes_on() -> None:
    with running(2) as server, server.connect() as one, server.connect() as two:
        dead, other = who(one), who(two)
        os.kill(dead, signal.SIGKILL)
        assert "another starts in" in server.line()

        assert who(two) == other
        workers: set[int] = set()
        while len(workers) < 2:
            workers.add(ask_who(server))
        assert dead not in workers
        assert other in workers
        assert server.end() == 0


def test_connections_wait_while_every_worker_is_being_replaced() -> None:
    with running(2) as server, server.connect() as one, server.connect() as two:
        for pid in (who(one), who(two)):
            os.kill(pid, signal.SIGKILL)
        for _ in range(2):
            assert "another starts in" in server.line()

        assert ask_who(server)


def test_a_worker_that_is_stopped_alone_gets_no_new_connections() -> None:
    with running(2) as server, server.connect() as one:
        stopped = who(one)
        os.kill(stopped, signal.SIGTERM)
        assert read_all(one) == b""

        assert stopped not in {ask_who(server) for _ in range(4)}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("factory", "reason"),
    [("make_broken", "fieldmark: FIELDMARK_X"), ("make_unstartable", "did not start")],
)
def test_an_application_that_cannot_start_ends_the_command_with_its_error(
    workers: int, factory: str, reason: str
) -> None:
    with program(factory, workers) as process:
        _, said = process.communicate(timeout=HANG_S)

    assert process.returncode == 3
    assert said.count(reason) == 1
    assert "serves on" not in said
    assert "Traceback" not in said


def test_a_worker_that_dies_while_it_starts_ends_the_command() -> None:
    with program("make_dying", 2) as process:
        _, said = process.communicate(timeout=HANG_S)

    assert process.returncode == 3
    assert "fieldmark: a worker process ended with exit code 9 before it served" in said


def test_a_port_in_use_ends_the_command_with_an_error_that_names_it() -> None:
    with running(1) as server, program(workers=2, port=server.port) as process:
        _, said = process.communicate(timeout=HANG_S)

        assert process.returncode == 3
        assert f"port {server.port} on 127.0.0.1 is in use" in said


def test_a_host_that_is_none_ends_the_command_with_an_error_that_names_it() -> None:
    with program(host="no-such-host.invalid") as process:
        _, said = process.communicate(timeout=HANG_S)

    assert process.returncode == 3
    assert "'no-such-host.invalid' is no address" in said


@pytest.mark.parametrize(
    ("workers", "count"), [(1, "1 worker"), (2, "2 workers")]
)  # fmt: skip
def test_the_first_line_says_where_to_go_and_how_to_stop(workers: int, count: str) -> None:
    with running(workers) as server:
        where = f"Fieldmark serves on http://127.0.0.1:{server.port} ({count})"

        assert server.first_line == f"{where}; stop with Ctrl-C\n"
        assert server.port


def test_every_address_can_be_served() -> None:
    with running(1, "0.0.0.0") as server:  # noqa: S104  # what the test is about
        assert ask_who(server)


def test_an_ipv6_address_can_be_served() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with running(2, "::1") as server, server.connect("::1") as client:
        assert "http://[::1]:" in server.first_line
        assert who(client)
