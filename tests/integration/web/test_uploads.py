"""Large photos by way of the object store: laid down by a form, answered by key, then deleted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fieldmark.photo.exif import read_metadata
from fieldmark.settings import RateLimit, S3Place, Settings
from s3_faults import EVERY_METHOD, FaultyS3, faulty
from s3_server import Bucket, S3Server, lead_to, new_bucket
from website import EXAMPLES, HANG_S, Site, alone, running

KOALA = (EXAMPLES / "koala.jpg").read_bytes()
ORDER = {"size": len(KOALA), "type": "image/jpeg"}


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Bucket:
    """Return the bucket of all these tests; each finds it empty."""
    return new_bucket(s3_server)


@pytest.fixture(scope="module")
def proxy(bucket: Bucket) -> Iterator[FaultyS3]:
    """Return the proxy that AWS's variables lead to in all these tests."""
    with faulty(bucket.server.port) as state, pytest.MonkeyPatch.context() as patch:
        lead_to(state.url, patch)
        yield state


@pytest.fixture(autouse=True)
def fresh(bucket: Bucket, proxy: FaultyS3) -> None:
    """Empty the bucket and mend the proxy."""
    proxy.fault, proxy.methods = None, EVERY_METHOD
    bucket.at().delete(bucket.all_keys())
    proxy.asked.clear()


def settings_of(bucket: Bucket, **more: Any) -> Settings:
    return Settings(concurrency=2, uploads=S3Place(bucket.name, "in/"), **more)


@pytest.fixture(scope="module")
def site(
    proxy: FaultyS3, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return a website with uploads."""
    assert proxy.fault is None
    with running(tmp_path_factory.mktemp("uploads"), settings_of(bucket)) as found:
        yield found


def lay_down(site: Site, photo: bytes = KOALA) -> str:
    """Lay a photo down as a browser does, and return its key."""
    with site.client() as client:
        form = client.post("/v1/uploads", json={"size": len(photo), "type": "image/jpeg"}).json()
    laid = httpx.post(form["url"], data=form["fields"], files={"file": photo}, timeout=HANG_S)
    assert laid.status_code == 204
    return str(form["photo_key"])


def identify(site: Site, key: str, **fields: str) -> httpx.Response:
    with site.client() as client:
        form = {name: (None, text) for name, text in {"photo_key": key, **fields}.items()}
        return client.post("/v1/identify", files=form)


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"]


def test_a_form_is_for_one_photo_and_says_for_how_long(site: Site, bucket: Bucket) -> None:
    with site.client() as client:
        response = client.post("/v1/uploads", json=ORDER)

    form = response.json()
    assert response.status_code == 201
    assert set(form) == {"url", "fields", "photo_key", "expires_s"}
    assert form["url"].endswith(f"/{bucket.name}")
    assert form["fields"]["key"] == f"in/{form['photo_key']}"
    assert form["expires_s"] == 600


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"size": 26_214_401, "type": "image/jpeg"}, (413, "photo-too-large")),
        ({"size": 1, "type": "image/svg+xml"}, (415, "photo-type-unsupported")),
        ({"size": 0, "type": "image/jpeg"}, (400, "request-invalid")),
        ({"size": -1, "type": "image/jpeg"}, (400, "request-invalid")),
        ({"size": 1, "type": "image/jpeg", "key": "mine"}, (400, "request-invalid")),
        ({"size": 1}, (400, "request-invalid")),
        ([], (400, "request-invalid")),
        ({"size": 1, "type": "x" * 5000}, (413, "request-invalid")),
    ],
)
def test_no_form_is_given_for_what_is_no_photo(
    site: Site, order: object, found: tuple[int, str]
) -> None:
    with site.client() as client:
        assert problem(client.post("/v1/uploads", json=order)) == found


def test_an_upload_is_answered_like_any_photo_and_then_deleted(site: Site, bucket: Bucket) -> None:
    with site.client() as client:
        direct = client.post("/v1/identify", content=KOALA).json()
    key = lay_down(site)
    assert bucket.all_keys() == [f"in/{key}"]

    answer = identify(site, key).json()

    assert answer["animals"] == direct["animals"]
    assert answer["position"] == direct["position"]
    assert "fetch" in answer["timing_ms"]
    assert bucket.all_keys() == []


def test_a_key_may_stand_in_the_query(site: Site, bucket: Bucket) -> None:
    key = lay_down(site)

    with site.client() as client:
        answer = client.post(f"/v1/identify?photo_key={key}&use_area=off").json()

    assert answer["area"]["status"] == "off"
    assert bucket.all_keys() == []


def test_an_upload_is_fetched_once_where_no_photo_is_kept(site: Site, proxy: FaultyS3) -> None:
    key = lay_down(site)
    proxy.asked.clear()

    identify(site, key)

    assert [method for method, _ in proxy.asked] == ["GET", "POST"]


def test_a_kept_photo_of_an_upload_is_a_clean_copy(bucket: Bucket, tmp_path: Path) -> None:
    settings = settings_of(bucket, keep_photos=True, blobs=S3Place(bucket.name, "photos/"))
    with running(tmp_path, settings) as site:
        answer = identify(site, lay_down(site)).json()

    (key,) = bucket.all_keys()
    assert key.endswith(f"{answer['id']}.jpg")
    kept = bucket.at("").get(key, 10_000_000)
    assert kept is not None
    assert read_metadata(kept).position is None


@pytest.mark.parametrize("key", ["0" * 32, "..", "../j/x", "in/" + "0" * 32, "\x00", "x" * 4000])
def test_a_key_with_nothing_under_it_is_not_found(site: Site, key: str) -> None:
    assert problem(identify(site, key)) == (404, "not-found")


def test_a_key_that_was_never_given_asks_nobody(site: Site, proxy: FaultyS3) -> None:
    identify(site, "../journal/x")

    assert proxy.asked == []


def test_a_photo_and_a_key_are_not_chosen_between(site: Site) -> None:
    with site.client() as client:
        both = client.post("/v1/identify", data={"photo_key": "0" * 32}, files={"photo": KOALA})
        empty = client.post("/v1/identify", data={"photo_key": ""}, files={"photo": KOALA})

    assert problem(both) == (400, "request-invalid")
    assert empty.status_code == 200


@pytest.mark.parametrize(
    ("photo", "found"),
    [
        (b"%PDF-1.7 a document", (415, "photo-type-unsupported")),
        (KOALA[:3000], (422, "photo-unreadable")),
        (bytes(26_214_401), (413, "photo-too-large")),
    ],
)
def test_an_upload_that_is_no_photo_goes_with_its_problem(
    site: Site, bucket: Bucket, photo: bytes, found: tuple[int, str]
) -> None:
    bucket.at("in/").put("a" * 32, photo)

    assert problem(identify(site, "a" * 32)) == found
    assert bucket.all_keys() == []


def test_who_forgot_the_place_may_ask_again(site: Site, bucket: Bucket) -> None:
    bucket.at("in/").put("a" * 32, (EXAMPLES / "polar-bear.jpg").read_bytes())

    wrong = identify(site, "a" * 32, latitude="91", longitude="0")
    right = identify(site, "a" * 32, latitude="78", longitude="16")

    assert problem(wrong) == (422, "position-invalid")
    assert right.status_code == 200
    assert bucket.all_keys() == []


def test_an_upload_stays_while_the_store_fails(site: Site, bucket: Bucket, proxy: FaultyS3) -> None:
    key = lay_down(site)
    proxy.fault = (503, "SlowDown")
    failed = identify(site, key)
    proxy.fault = None

    answered = identify(site, key)

    assert problem(failed) == (503, "overloaded")
    assert failed.headers["Retry-After"]
    assert answered.status_code == 200
    assert bucket.all_keys() == []


def test_an_answer_comes_even_where_its_upload_cannot_be_deleted(
    site: Site, bucket: Bucket, proxy: FaultyS3
) -> None:
    key = lay_down(site)
    proxy.fault, proxy.methods = (403, "AccessDenied"), frozenset({"POST"})

    answer = identify(site, key)

    assert answer.status_code == 200
    assert "upload.left" in [name for name, _ in site.events.events]
    assert bucket.all_keys() == [f"in/{key}"]


def test_forms_count_like_any_call_and_need_a_key_where_one_is_needed(
    bucket: Bucket, tmp_path: Path
) -> None:
    limited = settings_of(bucket, rate_limit=RateLimit(2, 3600))
    with running(tmp_path, limited) as site, site.client() as client:
        statuses = [client.post("/v1/uploads", json=ORDER).status_code for _ in range(3)]
    with (
        running(tmp_path, settings_of(bucket, api_keys=frozenset({"0" * 64}))) as site,
        site.client() as client,
    ):
        stranger = client.post("/v1/uploads", json=ORDER)

    assert statuses == [201, 201, 429]
    assert problem(stranger) == (401, "unauthorized")


@alone
def test_without_a_store_there_are_no_uploads(tmp_path: Path) -> None:
    bodies: list[Callable[[httpx.Client], httpx.Response]] = [
        lambda client: client.post("/v1/uploads", json=ORDER),
        lambda client: client.post("/v1/uploads", content=b"nonsense"),
        lambda client: client.post("/v1/uploads"),
    ]
    with running(tmp_path) as site:
        with site.client() as client:
            found = [problem(ask(client)) for ask in bodies]
        by_key = problem(identify(site, "0" * 32))

    assert found == [(404, "not-found")] * 3
    assert by_key == (400, "request-invalid")


def test_no_log_holds_a_key_or_a_policy(site: Site) -> None:
    key = lay_down(site)
    identify(site, key)

    said = str(site.events.events)

    assert key not in said
    assert "Signature" not in said


def test_pages_may_send_to_the_store_and_nowhere_else(site: Site, proxy: FaultyS3) -> None:
    with site.client() as client:
        policy = client.get("/").headers["Content-Security-Policy"]

    assert f"connect-src 'self' {proxy.url};" in policy
    assert policy.count("http") == 1
