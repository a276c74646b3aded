"""What a served process writes: enough to run it by, and nothing of where anybody was."""

import json
import socket

import httpx
import pytest

from own_process import OwnProcess, own_process
from photo_files import exif_block, gps_fields, jpeg_with

LATITUDE, LONGITUDE = "-24.987612", "31.554321"
TYPED = "Kruger-by-the-river"
SECRETS = (
    *("24.9876", "31.5543", "24.98", "31.55", "-25.", "latitude", "longitude"),
    *(TYPED, "holiday", ".jpg", "?", "hunter2", "127.0.0.1:"),
)
"""What no line may hold: coordinates, however rounded, queries, what was typed, file names."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> "OwnProcess":
    folder = tmp_path_factory.mktemp("served")
    with own_process(folder, environment={"FIELDMARK_RATE_LIMIT": "60/minute"}) as served:
        with served.client() as client:
            ask_well(client)
            ask_badly(client)
            ask_too_often(client)
        send_rubbish(served.port)
    return served


def ask_well(client: httpx.Client) -> None:
    photo = jpeg_with(exif_block(gps=gps_fields(float(LATITUDE), float(LONGITUDE))))
    here = {"latitude": LATITUDE, "longitude": LONGITUDE}
    form = {"photo": ("holiday at the river.jpg", photo, "image/jpeg")}
    answered = [
        client.post("/v1/identify", files=form, data={**here, "taken_on": "2026-07-01"}),
        client.post("/v1/identify", params={**here, "place": TYPED}, content=photo),
        client.post("/v1/identify", content=photo),
        client.post("/identify", files=form, data=here),
        client.post("/v1/photo-metadata", content=photo),
        client.get("/v1/areas", params=here),
        client.get("/areas", params=here),
        client.get("/v1/places", params={"q": TYPED}),
        client.get("/v1/taxa", params={"q": TYPED}),
    ]
    assert {reply.status_code for reply in answered} <= {200, 303, 400, 404, 422}
    kept = answered[0].json()
    feedback = {"verdict": "wrong", "taxon_id": 41964, "note": TYPED}
    client.post(f"/v1/answers/{kept['id']}/feedback", json=feedback)
    client.delete(f"/v1/answers/{kept['id']}", headers={"X-Delete-Token": kept["delete_token"]})


def ask_badly(client: httpx.Client) -> None:
    bad = {"latitude": "124.9876", "longitude": LONGITUDE}
    for reply in (
        client.post("/v1/identify", params=bad, content=b"no photo"),
        client.post("/v1/identify", files={"photo": ("holiday.jpg", b"GIF89a", "image/gif")}),
        client.get("/v1/areas", params=bad),
        client.get(f"/areas/{LATITUDE},{LONGITUDE}", params=bad),
        client.get(f"/{TYPED}/{LATITUDE}/{LONGITUDE}"),
        client.get("/v1/answers/holiday.jpg"),
        client.request("PURGE", "/v1/identify", params=bad),
        client.get("/", headers={"X-API-Key": "hunter2", "Referer": f"https://a/?at={LATITUDE}"}),
    ):
        assert reply.status_code < 500


def ask_too_often(client: httpx.Client) -> None:
    replies = [client.get("/v1/places", params={"q": TYPED}) for _ in range(60)]

    assert replies[-1].status_code == 429


def send_rubbish(port: int) -> None:
    where = f"latitude={LATITUDE}&longitude={LONGITUDE}"
    for data in (
        f"GET /v1/areas?{where} HTTP/9.9\r\nHost: x\r\n\r\n",
        f"POST /v1/identify?{where} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
        f"GET /?{where}{'a' * 70_000} HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(data.encode())
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass


def lines(served: OwnProcess) -> list[str]:
    return served.said.splitlines()[1:]


def test_each_line_after_the_first_is_one_event_in_json(served: OwnProcess) -> None:
    events = [json.loads(line)["event"] for line in lines(served)]

    assert {"request.answered", "photo.identified"} <= set(events)
    assert events.count("photo.identified") >= 3


def test_no_line_holds_a_coordinate_a_query_or_a_name(served: OwnProcess) -> None:
    found = [(secret, line) for line in lines(served) for secret in SECRETS if secret in line]

    assert found == []


def test_a_request_is_logged_by_its_route_and_not_by_its_path(served: OwnProcess) -> None:
    routes = {json.loads(line).get("route") for line in lines(served)}

    assert {"/v1/identify", "/v1/areas", "/v1/answers/{answer_id}"} <= routes


def test_what_is_logged_of_a_photo_is_its_cell_and_month(served: OwnProcess) -> None:
    events = [json.loads(line) for line in lines(served)]
    photos = [event for event in events if event["event"] == "photo.identified"]

    assert {(photo["area_cell"], photo["month"]) for photo in photos} >= {("83bcd2fffffffff", 7)}
