"""The whole hostile collection by HTTP, in one server process under a memory cap."""

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx
import pytest

from own_process import OwnProcess, own_process
from website import ROOT

FOLDER: Final = ROOT.parent / "shared" / "data" / "hostile"
TABLE: Final = ROOT / "tests" / "data" / "hostile.csv"
MEMORY_BYTES: Final = 2 * 1024**3
PEAK_BYTES: Final = 512 * 1024**2
"""Beyond what the service has when it is ready: what one photo may need, at two at once."""

AT_ONCE: Final = 2
PROBLEMS: Final = {
    "PhotoTooLarge": (413, "photo-too-large"),
    "PhotoTypeUnsupported": (415, "photo-type-unsupported"),
    "PhotoUnreadable": (422, "photo-unreadable"),
}
NO_PHOTO: Final = (400, "request-invalid")
"""A body without bytes holds no photo, broken or not."""

Send = Callable[[httpx.Client, Path], httpx.Response]

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the hostile photos are not at ../shared/data/hostile"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnProcess]:
    """Return a service that may have 2 GiB of memory and works on two photos at once."""
    with own_process(
        tmp_path_factory.mktemp("hostile"),
        environment={"FIELDMARK_CONCURRENCY": str(AT_ONCE)},
        memory_bytes=MEMORY_BYTES,
    ) as found:
        yield found


def as_body(client: httpx.Client, photo: Path) -> httpx.Response:
    return client.post("/v1/identify", content=photo.read_bytes())


def as_form(client: httpx.Client, photo: Path) -> httpx.Response:
    return client.post("/v1/identify", files={"photo": (photo.name, photo.read_bytes())})


def on_the_page(client: httpx.Client, photo: Path) -> httpx.Response:
    return client.post("/identify", files={"photo": (photo.name, photo.read_bytes())})


def for_metadata(client: httpx.Client, photo: Path) -> httpx.Response:
    return client.post("/v1/photo-metadata", content=photo.read_bytes())


def as_metadata(client: httpx.Client, photo: Path) -> httpx.Response:
    files = {"photo": (FOLDER / "size_7x3.jpg").read_bytes(), "metadata": photo.read_bytes()}
    return client.post("/v1/identify", files=files)


def responses(server: OwnProcess, send: Send) -> dict[str, httpx.Response]:
    """Send every file of the table; the server is alive and within its memory afterwards."""
    names = list(_table())
    with server.client() as client, ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(names, pool.map(lambda n: send(client, FOLDER / n), names), strict=True))
        health = client.get("/healthz")

    assert health.text == "ok\n"
    assert server.more_bytes() < PEAK_BYTES
    assert {n: r.text for n, r in found.items() if r.status_code >= 500} == {}
    return found


@pytest.mark.parametrize("send", [as_body, as_form])
def test_every_hostile_file_is_answered_or_refused_with_its_problem(
    server: OwnProcess, send: Send
) -> None:
    found = responses(server, send)

    assert {name: _outcome(response) for name, response in found.items()} == {
        name: _expected(FOLDER / name, row) for name, row in _table().items()
    }


@pytest.mark.parametrize("send", [on_the_page, for_metadata, as_metadata])
def test_no_other_door_breaks_on_a_hostile_file(server: OwnProcess, send: Send) -> None:
    found = responses(server, send)

    assert {response.status_code for response in found.values()} <= {200, 400, 413, 415, 422}


def test_what_is_logged_of_them_names_no_file(server: OwnProcess) -> None:
    with server.client() as client:
        for name in ("disguised_pdf.jpg", "bitflip_02.jpg", "flat_black.jpg"):
            as_form(client, FOLDER / name)

    assert '"event":"request.answered"' in server.said
    for name in _table():
        assert name not in server.said
    for broken in ("Traceback", "request.broke", "failed with"):
        assert broken not in server.said


def _table() -> dict[str, dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def _expected(photo: Path, row: dict[str, str]) -> tuple[int, str]:
    if row["verdict"] == "answer":
        return 200, "answer"
    return PROBLEMS[row["reason"]] if photo.stat().st_size else NO_PHOTO


def _outcome(response: httpx.Response) -> tuple[int, str]:
    said = response.json()
    return response.status_code, said.get("type", "answer")
