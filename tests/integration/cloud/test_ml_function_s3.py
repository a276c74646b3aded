"""Photos that lie in S3: on their way to the function, told of by S3, listed by a map."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.lambda_double.running import lambda_double
from fieldmark.adapters.lambda_identifier import INLINE_BYTES
from fieldmark.adapters.s3_uploads import S3Uploads
from fieldmark.errors import NotFound, PhotoTypeUnsupported
from fieldmark.ports import Question, StoredPhoto
from ml_functions import calling, ml_function
from s3_server import Bucket, aws_environment
from served import ROOT
from toy_functions import invoked, lambda_client

KOALA = (ROOT / "examples/photos/koala.jpg").read_bytes()
LARGE = KOALA + bytes(INLINE_BYTES)
"""A JPEG ends where it says; what follows makes it long."""

Call = Callable[[object], Any]


def environment(bucket: Bucket) -> dict[str, str]:
    return {**aws_environment(bucket.server.url), "FIELDMARK_UPLOADS": f"s3://{bucket.name}/in"}


@pytest.fixture
def call(bucket: Bucket, tmp_path: Path) -> Iterator[Call]:
    """Return what calls the function and returns what it returned."""
    function = ml_function(tmp_path, environment(bucket))
    with lambda_double([function]) as double, lambda_client(double.url) as client:

        def invoke(event: object) -> Any:
            response = client.invoke(FunctionName=function.name, Payload=json.dumps(event))
            said = json.loads(invoked(response))
            assert not response.get("FunctionError"), said
            return said

        yield invoke


def test_a_large_photo_goes_by_its_key_and_is_taken_away_again(
    bucket: Bucket, tmp_path: Path
) -> None:
    uploads = S3Uploads(bucket.at("in/"), len(LARGE))
    with calling(ml_function(tmp_path, environment(bucket)), uploads=uploads) as (_, there):
        answer = there.identify(LARGE, Question())
        with pytest.raises(PhotoTypeUnsupported):
            there.identify(bytes(len(LARGE)), Question())

    assert answer.best is not None
    assert answer.best.taxon.common_name == "koala"
    assert "fetch" in answer.timing_ms
    assert bucket.all_keys() == []


def test_a_photo_that_was_laid_down_is_answered_and_left_to_who_laid_it(
    bucket: Bucket, tmp_path: Path
) -> None:
    uploads = S3Uploads(bucket.at("in/"), len(LARGE))
    key = uploads.put(KOALA)
    with calling(ml_function(tmp_path, environment(bucket)), uploads=uploads) as (_, there):
        answer = there.identify(StoredPhoto(key), Question())
        with pytest.raises(NotFound):
            there.identify(StoredPhoto("0" * 32), Question())

    assert answer.best is not None
    assert answer.best.taxon.common_name == "koala"
    assert bucket.all_keys() == [f"in/{key}"]


def test_the_answer_to_a_new_photo_lies_beside_it(call: Call, bucket: Bucket) -> None:
    objects = bucket.at()
    objects.put("new/a koala.jpg", KOALA)
    objects.put("new/none.jpg", b"no photo")
    names = ("new/a+koala.jpg", "new/none.jpg")
    records = [
        {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": bucket.name}, "object": {"key": name}},
        }
        for name in names
    ]

    keys = call({"Records": records})

    assert keys == ["answers/new/a koala.jpg.json", "answers/new/none.jpg.json"]
    kept, refused = (json.loads(objects.get(key, 100_000) or b"") for key in keys)
    assert kept["best"]["taxon"]["common_name"] == "koala"
    assert kept["position"] == {
        "latitude": None, "longitude": None, "radius_m": None, "source": "exif",
    }  # fmt: skip
    assert refused["problem"]["type"] == "photo-type-unsupported"


def test_the_items_of_a_map_are_answered_and_a_bad_one_is_a_problem(
    call: Call, bucket: Bucket
) -> None:
    objects = bucket.at()
    objects.put("a.jpg", KOALA)
    objects.put("b.jpg", b"no photo")

    lines = call(
        {
            "BatchInput": {"bucket": bucket.name},
            "Items": [{"Key": "a.jpg"}, {"Key": "b.jpg"}, {"Key": "c.jpg"},
                      {"photo": "a.jpg", "latitude": "52.5", "longitude": "13.4"}],
        }
    )  # fmt: skip

    assert lines[0]["best"]["taxon"]["common_name"] == "koala"
    assert [line["problem"]["type"] for line in lines[1:3]] == [
        "photo-type-unsupported",
        "not-found",
    ]
    assert lines[3]["position"]["latitude"] == 52.5
    assert lines[3]["position"]["source"] == "given"
