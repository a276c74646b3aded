"""Uploads in S3: what a signed form allows, and where it leads."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.adapters.s3_uploads import S3Uploads
from fieldmark.errors import NotFound, PhotoTooLarge, StoreRefused, Unavailable
from fieldmark.ports import UploadForm
from s3_faults import FaultyS3, faulty
from s3_server import Bucket, lead_to

MOST_BYTES = 1000
HANG_S = 30


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        yield state


def policy_of(form: UploadForm) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(base64.b64decode(form.fields["policy"]))
    return policy


def post(form: UploadForm, photo: bytes) -> httpx.Response:
    return httpx.post(
        form.url, data=dict(form.fields), files={"file": ("photo", photo)}, timeout=HANG_S
    )


def test_a_form_allows_one_key_one_type_and_so_many_bytes_and_nothing_else(bucket: Bucket) -> None:
    form = S3Uploads(bucket.at("in/"), MOST_BYTES).form("image/heic", 600)

    conditions = policy_of(form)["conditions"]

    assert ["content-length-range", 1, 600] in conditions
    assert {"Content-Type": "image/heic"} in conditions
    assert {"bucket": bucket.name} in conditions
    assert {"key": f"in/{form.key}"} in conditions
    assert not any("starts-with" in condition for condition in conditions)
    named = {name.lower() for condition in conditions if isinstance(condition, dict)
             for name in condition}  # fmt: skip
    assert {name.lower() for name in form.fields} - {"policy", "x-amz-signature"} <= named


def test_a_form_lives_ten_minutes(bucket: Bucket) -> None:
    before = datetime.now(UTC)

    form = S3Uploads(bucket.at(), MOST_BYTES).form("image/heic", 1)

    until = datetime.fromisoformat(policy_of(form)["expiration"])
    assert form.expires_s == 600
    assert 540 < (until - before).total_seconds() < 660


def test_a_form_never_allows_more_than_a_photo_may_have(bucket: Bucket) -> None:
    form = S3Uploads(bucket.at(), MOST_BYTES).form("image/heic", 10**12)

    assert ["content-length-range", 1, MOST_BYTES] in policy_of(form)["conditions"]


def test_what_is_posted_with_a_form_is_there_under_its_key(bucket: Bucket) -> None:
    uploads = S3Uploads(bucket.at("in/"), MOST_BYTES)
    form = uploads.form("image/heic", 5)

    answer = post(form, b"photo")

    assert answer.status_code == 204
    assert bucket.all_keys() == [f"in/{form.key}"]
    assert uploads.get(form.key) == b"photo"


def test_what_is_too_large_is_measured_and_not_read(bucket: Bucket) -> None:
    uploads = S3Uploads(bucket.at(), MOST_BYTES)
    key = uploads.put(bytes(5_000_000))

    with pytest.raises(PhotoTooLarge, match="5,000,000 bytes"):
        uploads.get(key)


def test_a_key_that_was_never_given_asks_nobody(proxy: FaultyS3, bucket: Bucket) -> None:
    uploads = S3Uploads(bucket.at("in/"), MOST_BYTES)

    for key in ("..", "../journal/x", "in/a"):
        with pytest.raises(NotFound):
            uploads.get(key)
        with pytest.raises(NotFound):
            uploads.delete(key)
    assert proxy.asked == []


def test_a_form_is_signed_here_and_asks_nobody(proxy: FaultyS3, bucket: Bucket) -> None:
    S3Uploads(bucket.at("in/"), MOST_BYTES).form("image/heic", 5)

    assert proxy.asked == []


def test_a_store_that_fails_is_unavailable(proxy: FaultyS3, bucket: Bucket) -> None:
    uploads = S3Uploads(bucket.at(), MOST_BYTES)
    key = uploads.put(b"1")
    proxy.fault = (500, "InternalError")

    for attempt in (
        lambda: uploads.get(key),
        lambda: uploads.put(b"1"),
        lambda: uploads.delete(key),
    ):
        with pytest.raises(Unavailable):
            attempt()


def test_without_credentials_no_form_is_signed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    with pytest.raises(StoreRefused, match="credentials"):
        S3Uploads(bucket.at(), MOST_BYTES).form("image/heic", 5)


@pytest.mark.parametrize(
    ("environment", "name", "origin"),
    [
        ({"AWS_REGION": "eu-central-1"}, "buck", "https://buck.s3.eu-central-1.amazonaws.com"),
        ({"AWS_REGION": "us-east-1"}, "buck", "https://buck.s3.us-east-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "ap-south-2"}, "buck", "https://buck.s3.ap-south-2.amazonaws.com"),
        ({"AWS_REGION": "eu-central-1"}, "bu.ck", "https://s3.eu-central-1.amazonaws.com"),
        ({"AWS_REGION": "cn-north-1"}, "buck", "https://buck.s3.cn-north-1.amazonaws.com.cn"),
        ({"AWS_REGION": "eu-west-1", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, "buck",
         "https://buck.s3.dualstack.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000"}, "buck", "http://127.0.0.1:9000"),
        ({"AWS_ENDPOINT_URL": "https://s3.example.org/x"}, "buck", "https://s3.example.org"),
    ],
)  # fmt: skip
def test_the_origin_is_that_of_the_forms_wherever_the_bucket_is(
    environment: dict[str, str], name: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to("", monkeypatch)
    monkeypatch.delenv("AWS_REGION")
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    uploads = S3Uploads(S3Bucket(name), MOST_BYTES)

    assert uploads.origin == origin
    assert uploads.form("image/heic", 1).url.startswith(f"{origin}/")


def test_the_origin_is_asked_of_the_client_where_a_file_may_say_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to("", monkeypatch)
    config = tmp_path / "config"
    config.write_text("[default]\nregion = sa-east-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_REGION")

    uploads = S3Uploads(S3Bucket("buck"), MOST_BYTES)

    assert uploads.origin == "https://buck.s3.sa-east-1.amazonaws.com"
