import socket
import threading

from served import SHORT, problem_of, read_all, read_response, served, until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def drip(client: socket.socket, piece: bytes) -> threading.Event:
    """Send a piece every 50 ms until told to stop or the server has ended."""
    stop = threading.Event()

    def send() -> None:
        try:
            while not stop.wait(0.05):
                client.sendall(piece)
        except OSError:
            return

    threading.Thread(target=send, daemon=True).start()
    return stop


def test_headers_that_come_byte_by_byte_are_refused_at_their_deadline() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
        stop = drip(client, b"a")
        response = read_all(client)
        stop.set()

        assert problem_of(response)["type"] == "request-timeout"
        assert not server.app.seen


def test_a_further_request_has_the_same_deadline_for_its_headers() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(GET)
        read_response(client)
        client.sendall(GET[:-2] + b"A: ")
        stop = drip(client, b"a")
        response = read_all(client)
        stop.set()

        assert problem_of(response)["status"] == 408


def test_a_body_that_comes_byte_by_byte_is_refused_and_the_app_learns_that_it_is_over() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        stop = drip(client, b"a")
        response = read_all(client)
        stop.set()

        assert problem_of(response)["type"] == "request-timeout"
        assert server.saw("left")


def test_chunks_that_never_end_are_refused() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"POST /digest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        stop = drip(client, b"1\r\na\r\n")
        response = read_all(client)
        stop.set()

        assert problem_of(response)["type"] == "request-timeout"


def test_a_connection_that_never_speaks_is_closed_without_a_word() -> None:
    with served(SHORT) as server, server.connect() as client:
        assert read_all(client) == b""


def test_a_connection_is_closed_when_no_further_request_comes() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(GET)

        assert read_response(client).endswith(b"hello")
        assert read_all(client) == b""


def test_blank_lines_do_not_keep_a_connection_open() -> None:
    with served(SHORT) as server, server.connect() as client:
        stop = drip(client, b"\r\n")
        response = read_all(client)
        stop.set()

        assert problem_of(response)["status"] == 408


def test_a_slow_application_does_not_run_into_the_clients_deadlines() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")

        assert read_response(client).endswith(b"slow")


def test_the_deadline_of_a_request_that_waits_behind_another_begins_with_its_turn() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /digest HTTP/1.1\r\nHost: x\r\n")

        assert read_response(client).endswith(b"slow")
        assert problem_of(read_all(client))["type"] == "request-timeout"


def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    with served(SHORT) as server, server.connect() as client:
        client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")

        assert server.saw("big")
        assert until(lambda: not server.host.server_state.connections)
