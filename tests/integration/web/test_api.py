"""The HTTP API over real sockets, with the shipped model and atlas."""

import hashlib
import json
import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from fieldmark.settings import RateLimit, Settings
from fieldmark.wire import answer_schema
from website import EXAMPLES, Site, alone, running

KOALA = (EXAMPLES / "koala.jpg").read_bytes()
JPEG = {"Content-Type": "image/jpeg"}
STRANGER = "203.0.113.7"


def identify(site: Site, photo: bytes = KOALA, **fields: str) -> dict[str, Any]:
    with site.client() as client:
        response = client.post("/v1/identify", files={"photo": ("koala.jpg", photo)}, data=fields)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def problem(response: httpx.Response) -> tuple[int, str, str]:
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == response.status_code
    return response.status_code, said["type"], said["detail"]


def test_a_photo_in_a_form_is_answered_as_the_contract_says(site: Site) -> None:
    answer = identify(site, top="3")

    assert answer["best"]["taxon"]["scientific_name"] == "Phascolarctos cinereus"
    assert (answer["photo"], answer["position"]["source"], answer["area"]["month"]) == (
        "koala.jpg", "exif", 11,
    )  # fmt: skip
    assert len(answer["animals"]) == 3
    assert len(answer.pop("delete_token")) >= 32
    jsonschema.Draft202012Validator(dict(answer_schema())).validate(answer)


def test_a_photo_as_the_body_with_the_rest_in_the_query_gives_the_same(site: Site) -> None:
    form = identify(site, latitude="-24.99", longitude="31.55", taken_on="2026-07-01", top="2")
    with site.client() as client:
        raw = client.post(
            "/v1/identify?latitude=-24.99&longitude=31.55&taken_on=2026-07-01&top=2",
            content=KOALA,
            headers=JPEG,
        ).json()

    for key in ("best", "animals", "by_looks", "not_an_animal", "position", "model"):
        assert raw[key] == form[key]
    assert raw["area"]["month"] == form["area"]["month"] == 7


def test_metadata_of_the_original_speak_for_a_copy_that_lost_them(site: Site) -> None:
    bare = _without_metadata(KOALA)
    with site.client() as client:
        lost = client.post("/v1/identify", files={"photo": bare}).json()
        kept = client.post(
            "/v1/identify", files={"photo": bare, "metadata": KOALA[: 256 * 1024]}
        ).json()

    assert lost["area"]["status"] == "no_position"
    assert kept["position"]["source"] == "exif"
    assert kept["area"]["month"] == 11


@alone
def test_every_response_carries_timings_and_an_id(site: Site) -> None:
    with site.client() as client:
        answer = client.post("/v1/identify", content=KOALA, headers=JPEG)
        other = client.get("/v1/cells/nonsense")

    stages = [part.split(";")[0] for part in answer.headers["server-timing"].split(", ")]
    assert stages == ["read", "locate", "area", "infer", "fuse", "total"]
    assert other.headers["server-timing"].startswith("total;dur=")
    assert answer.headers["x-request-id"] != other.headers["x-request-id"]


@pytest.mark.parametrize(
    ("query", "body", "status", "kind"),
    [
        ("", b"", 400, "request-invalid"),
        ("top=0", KOALA, 400, "request-invalid"),
        ("use_area=maybe", KOALA, 400, "request-invalid"),
        ("latitude=91&longitude=0", KOALA, 422, "position-invalid"),
        ("latitude=1", KOALA, 422, "position-invalid"),
        ("cell=zzz", KOALA, 422, "position-invalid"),
        ("taken_on=2026-02-30", KOALA, 422, "date-invalid"),
        ("", b"GIF89a not really", 422, "photo-unreadable"),
        ("", b"%PDF-1.7 a document", 415, "photo-type-unsupported"),
        ("", KOALA[:600], 422, "photo-unreadable"),
        ("q=%ff", KOALA, 400, "request-invalid"),
    ],
)
def test_what_cannot_be_answered_says_why(
    site: Site, query: str, body: bytes, status: int, kind: str
) -> None:
    with site.client() as client:
        found = problem(client.post(f"/v1/identify?{query}", content=body, headers=JPEG))

    assert found[:2] == (status, kind)
    assert len(found[2]) > 20


def test_an_area_that_is_required_needs_a_position(site: Site) -> None:
    with site.client() as client:
        response = client.post(
            "/v1/identify?use_area=required", content=_without_metadata(KOALA), headers=JPEG
        )

    assert problem(response)[:2] == (422, "position-missing")


def test_a_photo_that_announces_too_many_bytes_is_refused_unread(site: Site) -> None:
    head = f"POST /v1/identify HTTP/1.1\r\nHost: x\r\nContent-Length: {10**10}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as client:
        client.sendall(head.encode())
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"type":"photo-too-large"' in answer


def test_a_photo_that_turns_out_too_large_is_cut_off(tmp_path: Path) -> None:
    small = Settings(concurrency=1, max_photo_bytes=1000)
    with running(tmp_path, small) as site, site.client() as client:
        announced = client.post("/v1/identify", content=b"\xff\xd8" * 600, headers=JPEG)
        chunked = client.post("/v1/identify", content=iter([b"\xff\xd8" * 600]), headers=JPEG)
        form = client.post("/v1/identify", files={"photo": b"\xff\xd8" * 600})

    for response in (announced, chunked, form):
        assert problem(response)[:2] == (413, "photo-too-large")


@alone
@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/identify", 405, "method-not-allowed"),
        ("GET", "/v1/answers/nothing", 404, "not-found"),
        ("DELETE", "/v1/answers/nothing?delete_token=x", 404, "not-found"),
        ("DELETE", "/v1/answers/nothing", 401, "unauthorized"),
        ("GET", "/v1/taxa/1", 404, "not-found"),
        ("GET", "/v1/taxa/0", 400, "request-invalid"),
        ("GET", "/v1/areas", 400, "request-invalid"),
        ("GET", "/v1/areas?latitude=1", 422, "position-invalid"),
        ("GET", "/v1/areas?cell=83bcd2fffffffff&month=13", 422, "date-invalid"),
        ("GET", "/v1/cells/83bcd2", 422, "position-invalid"),
        ("GET", "/v1/places?limit=0", 400, "request-invalid"),
        ("POST", "/v1/uploads", 404, "not-found"),
    ],
)
def test_every_problem_has_its_stable_type(
    site: Site, method: str, path: str, status: int, kind: str
) -> None:
    with site.client() as client:
        assert problem(client.request(method, path))[:2] == (status, kind)


def test_a_kept_answer_is_read_without_coordinates_commented_and_deleted(site: Site) -> None:
    answer = identify(site)
    path = f"/v1/answers/{answer['id']}"
    with site.client() as client:
        kept = client.get(path).json()
        said = client.post(f"{path}/feedback", json={"verdict": "right"})
        refused = client.post(f"{path}/feedback", json={"verdict": "right", "latitude": 1})
        stolen = client.delete(path, params={"delete_token": "x" * 43})
        gone = client.delete(path, headers={"X-Delete-Token": answer["delete_token"]})
        again = client.get(path)

    assert kept["animals"] == answer["animals"]
    assert kept["position"] == {
        "latitude": None, "longitude": None, "radius_m": None, "source": "exif",
    }  # fmt: skip
    assert (kept["photo"], "delete_token" in kept) == (None, False)
    assert said.status_code == 202
    assert said.json()["id"]
    assert problem(refused)[:2] == (400, "request-invalid")
    assert problem(stolen)[:2] == (401, "unauthorized")
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(again)[:2] == (404, "not-found")


def test_the_animals_of_an_area_are_the_same_by_cell_and_by_position(site: Site) -> None:
    with site.client() as client:
        by_position = client.get("/v1/areas?latitude=-24.99&longitude=31.55&month=7").json()
        by_cell = client.get(f"/v1/areas?cell={by_position['cell']}&month=7").json()

    assert by_position == by_cell
    assert by_cell["licence"]
    assert by_cell["sources"]
    occurrences = [animal["this_month"] for animal in by_cell["animals"]]
    assert occurrences == sorted(occurrences, reverse=True)


def test_a_taxon_is_found_by_name_and_tells_where_and_when_it_occurs(site: Site) -> None:
    with site.client() as client:
        found = client.get("/v1/taxa", params={"q": "panthera leo"}).json()["taxa"][0]
        lion = client.get(f"/v1/taxa/{found['id']}").json()
        outline = client.get(f"/v1/taxa/{found['id']}/range?month=7").json()

    assert lion["taxon"] == found
    assert lion["ancestors"][0]["rank"] == "class"
    assert len(lion["cells"]) == max(lion["cells_by_month"]) == outline["properties"]["cells"]
    assert outline["geometry"]["type"] == "MultiPolygon"


def test_a_place_is_found_without_asking_anybody(site: Site) -> None:
    with site.client() as client:
        (kruger,) = client.get("/v1/places", params={"q": "Kruger", "limit": 1}).json()["places"]

    assert kruger["within"] == "South Africa"
    assert kruger["radius_m"] > 10_000


def test_what_a_photo_gives_away_is_told_from_its_first_bytes(site: Site) -> None:
    with site.client() as client:
        told = client.post("/v1/photo-metadata", content=KOALA[: 64 * 1024]).json()
        nothing = client.post("/v1/photo-metadata", content=b"")
        foreign = client.post("/v1/photo-metadata", content=b"%PDF-1.7 a document")

    assert told["position"] == {
        "latitude": -38.8565, "longitude": 143.519, "radius_m": 15.0, "source": "exif",
    }  # fmt: skip
    assert told["taken_at"] == "2025-11-02T15:20:41"
    assert problem(nothing)[:2] == (400, "request-invalid")
    assert problem(foreign)[:2] == (415, "photo-type-unsupported")


@alone
def test_health_and_docs_answer(site: Site) -> None:
    with site.client() as client:
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/readyz").text == "ready\n"
        assert client.head("/healthz").content == b""
        document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert {"/v1/identify", "/v1/areas", "/v1/taxa/{taxon_id}"} <= set(document["paths"])


def test_every_path_of_the_contract_is_in_the_document(site: Site) -> None:
    with site.client() as client:
        paths = client.get("/openapi.json").json()["paths"]

    assert {
        (path, method.upper()) for path, item in paths.items() for method in item
    } >= {
        ("/v1/identify", "POST"), ("/v1/photo-metadata", "POST"), ("/v1/uploads", "POST"),
        ("/v1/answers/{answer_id}", "GET"), ("/v1/answers/{answer_id}", "DELETE"),
        ("/v1/answers/{answer_id}/feedback", "POST"), ("/v1/areas", "GET"),
        ("/v1/cells/{cell}", "GET"), ("/v1/taxa", "GET"), ("/v1/taxa/{taxon_id}", "GET"),
        ("/v1/places", "GET"), ("/healthz", "GET"), ("/readyz", "GET"),
    }  # fmt: skip


def test_the_document_tells_what_the_calls_take_that_read_by_hand(site: Site) -> None:
    with site.client() as client:
        paths = client.get("/openapi.json").json()["paths"]

    asked = {field["name"] for field in paths["/v1/identify"]["post"]["parameters"]}
    assert {"latitude", "longitude", "taken_on", "use_area", "cell"} <= asked
    assert "multipart/form-data" in paths["/v1/identify"]["post"]["requestBody"]["content"]
    assert paths["/v1/photo-metadata"]["post"]["requestBody"]["required"]


def test_a_field_that_differs_in_query_and_form_is_not_chosen_between(site: Site) -> None:
    with site.client() as client:
        same = client.post("/v1/identify?top=2", files={"photo": KOALA}, data={"top": "2"})
        other = client.post("/v1/identify?top=3", files={"photo": KOALA}, data={"top": "2"})

    assert len(same.json()["animals"]) == 2
    assert problem(other)[:2] == (400, "request-invalid")


def test_a_cell_that_is_none_is_refused_beside_a_position_too(site: Site) -> None:
    where = "latitude=1&longitude=2&cell=nonsense"
    with site.client() as client:
        photo = client.post(f"/v1/identify?{where}", content=KOALA, headers=JPEG)
        area = client.get(f"/v1/areas?{where}")

    assert problem(photo)[:2] == problem(area)[:2] == (422, "position-invalid")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/answers/x", "DELETE, GET, OPTIONS"),
        ("/access", "GET, OPTIONS, POST"),
        ("/v1/identify", "OPTIONS, POST"),
    ],
)
def test_the_options_of_a_path_are_all_its_methods(site: Site, path: str, methods: str) -> None:
    with site.client() as client:
        options = client.options(path)
        refused = client.put(path)

    assert (options.status_code, options.headers["allow"]) == (204, methods)
    assert set(refused.headers["allow"].split(", ")) == set(methods.split(", "))
    assert problem(refused)[:2] == (405, "method-not-allowed")


def test_metrics_are_told_inside_and_not_outside(tmp_path: Path) -> None:
    proxied = Settings(concurrency=1, trusted_proxies=(ip_network("127.0.0.0/8"),))
    with running(tmp_path, proxied) as site, site.client() as client:
        client.post("/v1/identify", content=KOALA, headers=JPEG)
        inside = client.get("/metrics").text
        outside = client.get("/metrics", headers={"X-Forwarded-For": STRANGER})

    assert 'fieldmark_requests_total{method="POST",route="/v1/identify",status="200"} 1.0' in inside
    assert 'fieldmark_answers_total{certainty="confident"' in inside
    assert problem(outside)[:2] == (404, "not-found")


def test_where_keys_are_set_only_who_shows_one_is_served(tmp_path: Path) -> None:
    keyed = Settings(concurrency=1, api_keys=frozenset({hashlib.sha256(b"key").hexdigest()}))
    with running(tmp_path, keyed) as site, site.client() as client:
        none = client.post("/v1/identify", content=KOALA, headers=JPEG)
        wrong = client.get("/v1/taxa?q=lion", headers={"X-API-Key": "wrong"})
        right = client.get("/v1/taxa?q=lion", headers={"Authorization": "Bearer key"})
        health = client.get("/healthz")

    assert problem(none)[:2] == (401, "unauthorized")
    assert none.headers["www-authenticate"] == "Bearer"
    assert problem(wrong)[:2] == (401, "unauthorized")
    assert right.status_code == health.status_code == 200


def test_each_client_has_its_own_rate_and_is_told_what_is_left(tmp_path: Path) -> None:
    limited = Settings(
        concurrency=1,
        rate_limit=RateLimit(2, 3600),
        trusted_proxies=(ip_network("127.0.0.1"),),
    )
    with running(tmp_path, limited) as site, site.client() as client:
        mine = [client.get("/v1/taxa?q=x", headers={"X-Forwarded-For": STRANGER}) for _ in range(3)]
        other = client.get("/v1/taxa?q=x", headers={"X-Forwarded-For": "198.51.100.1"})
        unlimited = client.get("/healthz", headers={"X-Forwarded-For": STRANGER})

    assert [response.status_code for response in mine] == [200, 200, 429]
    assert mine[0].headers["ratelimit-policy"] == '"default";q=2;w=3600'
    assert mine[0].headers["ratelimit"].startswith('"default";r=1;t=')
    assert problem(mine[2])[1] == "too-many-requests"
    assert 3590 <= int(mine[2].headers["retry-after"]) <= 3600
    assert other.status_code == unlimited.status_code == 200


def test_only_pages_of_origins_that_are_set_may_call_from_a_browser(tmp_path: Path) -> None:
    open_to = Settings(concurrency=1, cors_origins=("https://a.example",))
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    with running(tmp_path, open_to) as site, site.client() as client:
        friend = client.options("/v1/identify", headers={"Origin": "https://a.example", **asks})
        stranger = client.options("/v1/identify", headers={"Origin": "https://b.example", **asks})
        plain = client.get("/v1/taxa?q=x", headers={"Origin": "https://a.example"})

    assert friend.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in stranger.headers
    assert "Server-Timing" in plain.headers["access-control-expose-headers"]


def test_no_event_of_the_log_holds_a_coordinate_or_a_file_name(site: Site) -> None:
    before = len(site.events.events)
    identify(site, latitude="-24.98765", longitude="31.54321")
    with site.client() as client:
        client.get("/v1/areas?latitude=-24.98765&longitude=31.54321")
        client.get("/v1/areas?latitude=-24.98765")
        client.post("/v1/identify?latitude=-24.98765x&longitude=31.54321", content=KOALA)
        client.get("/-24.98765/31.54321")

    told = json.dumps(site.events.events[before:])
    assert "photo.identified" in told
    for secret in ("24.98", "31.54", "38.85", "143.5", "koala.jpg"):
        assert secret not in told


def test_nothing_on_the_disk_holds_a_coordinate_or_a_file_name(tmp_path: Path) -> None:
    keeping = Settings(concurrency=1, keep_photos=True)
    with running(tmp_path, keeping) as site:
        answer = identify(site, latitude="-24.98765", longitude="31.54321")
        kept = list((tmp_path / "photos").rglob("*.jpg"))

        assert len(kept) == 1
        assert b"Exif" not in kept[0].read_bytes()[:4096]
        written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
        for secret in (b"24.98", b"31.54", b"koala.jpg"):
            assert secret not in written
        with site.client() as client:
            client.delete(f"/v1/answers/{answer['id']}?delete_token={answer['delete_token']}")
        assert not list((tmp_path / "photos").rglob("*.jpg"))


def test_without_a_journal_nothing_is_kept_and_it_says_so(tmp_path: Path) -> None:
    with running(tmp_path, keeper=None) as site:
        answer = identify(site)
        with site.client() as client:
            gone = client.get(f"/v1/answers/{answer['id']}")

    assert answer["delete_token"] is None
    assert problem(gone)[:2] == (404, "not-found")


@alone
def test_a_journal_that_cannot_be_written_defers_the_link_and_not_the_answer(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as site:
        (tmp_path / "j.sqlite").unlink(missing_ok=True)
        (tmp_path / "j.sqlite").mkdir()
        site.service.keeper._journal.close()  # type: ignore[union-attr]
        answer = identify(site)

    assert answer["best"]["taxon"]["common_name"] == "koala"
    assert len(answer["delete_token"]) >= 32
    assert "answer-not-kept" in {note["code"] for note in answer["notes"]}
    deferred = [fields for name, fields in site.events.events if name == "journal_deferred"]
    assert [fields["id"] for fields in deferred] == [answer["id"]]


def _without_metadata(photo: bytes) -> bytes:
    """Return the JPEG without its APP1 segments, as a phone's picker hands it on."""
    kept, at = photo[:2], 2
    while photo[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(photo[at + 2 : at + 4], "big")
        if photo[at + 1] != 0xE1:
            kept += photo[at:end]
        at = end
    return kept + photo[at:]
