"""More than the service can take, and bodies that are not what they say, over real sockets."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from fake_identifier import GatedIdentifier
from fieldmark.entrypoints.web.body import Budget
from fieldmark.entrypoints.web.capacity import Capacity
from own_process import own_process
from served import read_all, until
from website import EXAMPLES, Site, running

PHOTO: Final = (EXAMPLES / "koala.jpg").read_bytes()
LONG: Final = 20_000_000
HEAD: Final = "POST /v1/identify HTTP/1.1\r\nHost: x\r\n"


class Gate:
    """A website whose identifier answers only when it is let go."""

    def __init__(self, site: Site, identifier: GatedIdentifier, pool: ThreadPoolExecutor) -> None:
        self.site, self.identifier, self._pool = site, identifier, pool

    def send(self) -> "Future[httpx.Response]":
        """Send a photo from a client that waits for its answer."""
        return self._pool.submit(self._post)

    def announce(self, length: int, begin: bytes = b"", *more: str) -> socket.socket:
        """Send the headers of a photo and no more than the beginning of its body."""
        client = socket.create_connection(("127.0.0.1", self.site.port), timeout=60)
        lines = "".join(f"{line}\r\n" for line in more)
        client.sendall(f"{HEAD}{lines}Content-Length: {length}\r\n\r\n".encode() + begin)
        return client

    def await_places(self, taken: int) -> None:
        assert until(lambda: self.site.service.capacity.held == taken)

    def await_work(self, begun: int) -> None:
        assert until(lambda: len(self.identifier.asked) == begun)

    def catch_up(self) -> None:
        """Let the server see what happened so far: it takes what comes in its order."""
        with self.site.client() as client:
            for _ in range(5):
                client.get("/healthz")

    def _post(self) -> httpx.Response:
        with self.site.client() as client:
            return client.post("/v1/identify", content=PHOTO)


@contextmanager
def gated(folder: Path, work: int, queue: int, budget: Budget | None = None) -> Iterator[Gate]:
    identifier = GatedIdentifier()
    capacity = Capacity(work, queue)
    parts: dict[str, Any] = {} if budget is None else {"budget": budget}
    with (
        ThreadPoolExecutor() as pool,
        running(folder, identifier=identifier, capacity=capacity, **parts) as site,
    ):
        try:
            yield Gate(site, identifier, pool)
        finally:
            identifier.let_go()


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)])
def test_what_has_no_place_is_refused_before_its_body_is_read(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    with gated(tmp_path, work=1, queue=1) as gate:
        at_work = gate.send()
        gate.await_work(1)
        waiting = gate.send()
        gate.await_places(2)
        with gate.announce(LONG, b"", *more) as client:
            refused = client.recv(65536)
        gate.identifier.let_go()

        assert problem(refused)[1] == "overloaded"
        assert b"\r\nretry-after: " in refused
        assert [at_work.result().status_code, waiting.result().status_code] == [200, 200]
        assert gate.send().result().status_code == 200
        assert 'fieldmark_shed_total{why="load"} 1.0' in metrics(gate.site)


def test_a_queued_photo_whose_client_leaves_is_never_looked_at(tmp_path: Path) -> None:
    with gated(tmp_path, work=1, queue=2) as gate:
        at_work = gate.send()
        gate.await_work(1)
        leaving = gate.announce(len(PHOTO), PHOTO)
        gate.await_places(2)
        waiting = gate.send()
        gate.await_places(3)
        leaving.close()
        gate.await_places(2)
        gate.identifier.let_go()

        assert [at_work.result().status_code, waiting.result().status_code] == [200, 200]
        gate.await_places(0)
        assert len(gate.identifier.asked) == len(gate.identifier.answered) == 2


def test_what_was_at_work_for_a_client_that_left_is_not_kept(tmp_path: Path) -> None:
    with gated(tmp_path, work=2, queue=0) as gate:
        leaving = gate.announce(len(PHOTO), PHOTO)
        gate.await_work(1)
        staying = gate.send()
        gate.await_work(2)
        leaving.close()
        gate.catch_up()
        gate.identifier.let_go()
        kept = staying.result().json()["id"]
        gate.await_places(0)

        keeper = gate.site.service.keeper
        assert keeper is not None
        assert {i for i in gate.identifier.answered if keeper.find(i)} == {kept}
        assert len(gate.identifier.answered) == 2


def test_bodies_that_come_slowly_keep_nobody_out(tmp_path: Path) -> None:
    with gated(tmp_path, work=1, queue=1) as gate:
        gate.identifier.let_go()
        slow = []
        for _ in range(8):
            slow.append(gate.announce(LONG, b"\xff\xd8"))
            gate.catch_up()
            gate.await_places(0)
        quick = gate.send().result()
        for client in slow:
            client.close()

        assert quick.status_code == 200


def test_all_bodies_together_have_a_bound(tmp_path: Path) -> None:
    budget = Budget(1_000_000)
    with gated(tmp_path, work=2, queue=4, budget=budget) as gate:
        gate.identifier.let_go()
        with gate.announce(900_000, bytes(800_000)) as first:
            assert until(lambda: budget._used_bytes == 800_000)
            with gate.announce(900_000, bytes(300_000)) as second:
                refused = second.recv(65536)
            assert budget._used_bytes <= 1_000_000
            first.close()
            assert until(lambda: budget._used_bytes == 0)

        assert problem(refused)[1] == "overloaded"
        assert b"\r\nretry-after: 1\r\n" in refused
        assert gate.send().result().status_code == 200
        assert budget._used_bytes == 0


def test_workers_count_and_refuse_together(tmp_path: Path) -> None:
    shared = {"FIELDMARK_CONCURRENCY": "2", "FIELDMARK_QUEUE": "0"}

    def post(client: httpx.Client) -> httpx.Response:
        # A connection of its own: the workers are chosen by connection.
        return client.post("/v1/identify", content=PHOTO, headers={"Connection": "close"})

    with (
        own_process(tmp_path, "--workers", "2", environment=shared) as server,
        server.client() as client,
        ThreadPoolExecutor(8) as pool,
    ):
        codes = [r.status_code for r in pool.map(post, [client] * 24)]
        counted = client.get("/metrics").text

    assert set(codes) <= {200, 503}
    for status in set(codes):
        labels = f'{{method="POST",route="/v1/identify",status="{status}"}}'
        assert f"fieldmark_requests_total{labels} {float(codes.count(status))}" in counted
    assert codes.count(200) >= 2


FORM: Final = f"{HEAD}Content-Type: multipart/form-data; boundary=frontier\r\n"
END: Final = b"--frontier--\r\n"


def part(name: str, data: bytes, more: str = "") -> bytes:
    return (
        f'--frontier\r\nContent-Disposition: form-data; name="{name}"\r\n{more}\r\n'.encode()
        + data
        + b"\r\n"
    )


NESTED: Final = (
    b'--inner\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'
    + PHOTO
    + b"\r\n--inner--\r\n"
)
WHOLE: Final = part("photo", PHOTO) + END


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"".join(part(f"f{n}", b"x") for n in range(10_000)) + END, 400, "request-invalid"),
        (b"".join(part("top", b"3") for _ in range(10_000)) + END, 400, "request-invalid"),
        (part("latitude", b"1" * 10_000_000) + WHOLE, 400, "request-invalid"),
        (part("metadata", b"1" * 10_000_000) + WHOLE, 400, "request-invalid"),
        (part("photo", bytes(26 * 1024**2)) + END, 413, "photo-too-large"),
        (part("photo", NESTED, "Content-Type: multipart/mixed; boundary=inner\r\n") + END,
         415, "photo-type-unsupported"),
        (WHOLE.replace(b"frontier", b"elsewhere"), 400, "request-invalid"),
        (part("photo", PHOTO), 400, "request-invalid"),
        (b"--frontier", 400, "request-invalid"),
        (b"", 400, "request-invalid"),
        (part("photo", PHOTO, "X: y\r\n" * 10_000) + END, 400, "request-invalid"),
        (part("photo", PHOTO, f"X: {'y' * 1_000_000}\r\n") + END, 400, "request-invalid"),
        (part("x" * 100_000, PHOTO) + END, 400, "request-invalid"),
        (b"--frontier\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END,
         400, "request-invalid"),
        (part("latitude", b"\xff\xfe") + WHOLE, 400, "request-invalid"),
        (part("latitude", b"1\x00") + part("longitude", b"1") + WHOLE, 422, "position-invalid"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_gets_its_problem(
    site: Site, body: bytes, status: int, kind: str
) -> None:
    response = sent(site, f"{FORM}Content-Length: {len(body)}\r\n", body)

    assert problem(response) == (status, kind)


@pytest.mark.parametrize("said", [len(WHOLE) - 100, len(WHOLE) + 100, 10])
def test_a_form_of_another_length_than_it_says_is_refused(site: Site, said: int) -> None:
    response = sent(site, f"{FORM}Content-Length: {said}\r\n", WHOLE, ends=said > len(WHOLE))

    assert problem(response)[1] == "request-invalid"


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'b' * 10_000}",
        'multipart/form-data; boundary="\x7f"',
        "multipart/form-data; boundary=front\xe9",
        "multipart/form-data;;;=;boundary",
    ],
)
def test_a_boundary_that_is_none_is_refused(site: Site, kind: str) -> None:
    head = f"{HEAD}Content-Type: {kind}\r\nContent-Length: {len(WHOLE)}\r\n"

    assert problem(sent(site, head, WHOLE))[1] == "request-invalid"


def test_a_form_without_an_end_is_cut_off(site: Site) -> None:
    piece = b"%x\r\n%b\r\n"
    photo = part("photo", bytes(8 * 1024**2))
    body = b"".join(piece % (len(photo), photo) for _ in range(6)) + b"0\r\n\r\n"

    response = sent(site, f"{FORM}Transfer-Encoding: chunked\r\n", body)

    assert problem(response)[1] == "photo-too-large"


def test_a_flood_of_headers_does_not_reach_the_service(site: Site) -> None:
    head = HEAD + "".join(f"X-{n}: y\r\n" for n in range(10_000))
    before = len(site.asked)

    response = sent(site, f"{head}Content-Length: {len(PHOTO)}\r\n", PHOTO)

    assert problem(response)[1] == "headers-too-large"
    assert len(site.asked) == before


def sent(site: Site, head: str, body: bytes, *, ends: bool = False) -> bytes:
    """Send a request and return everything that comes back; ``ends`` says that nothing follows."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as client:
        client.sendall(head.encode("latin-1") + b"Connection: close\r\n\r\n" + body)
        if ends:
            client.shutdown(socket.SHUT_WR)
        return read_all(client)


def metrics(site: Site) -> str:
    with site.client() as client:
        return client.get("/metrics").text


def problem(response: bytes) -> tuple[int, str]:
    """Return status and type of the problem that is the whole response."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, head
    said = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {said['status']} ".encode())
    return said["status"], said["type"]
