"""What every store of Objects promises, on the fake and on S3."""

from collections.abc import Iterator

import pytest

from fake_objects import FakeObjects
from fieldmark.adapters.s3_objects import S3Objects
from fieldmark.errors import PhotoTooLarge
from fieldmark.ports import Objects
from s3_server import Bucket

JSON = "application/json"


@pytest.fixture(params=[FakeObjects, S3Objects])
def objects(request: pytest.FixtureRequest) -> Iterator[Objects]:
    objects: Objects = request.param()
    yield objects
    objects.close()


@pytest.mark.parametrize("key", ["a", "2026/07/A lion, ä+b.JPG", "answers/a.json"])
def test_what_was_put_is_there_under_its_owners_name(
    objects: Objects, bucket: Bucket, key: str
) -> None:
    objects.put(bucket.name, key, b"[1]", JSON)
    objects.put(bucket.name, key, b"[2]", JSON)

    assert objects.get(bucket.name, key, 3) == b"[2]"


def test_what_was_not_put_is_none(objects: Objects, bucket: Bucket) -> None:
    objects.put(bucket.name, "a", b"1", JSON)

    assert objects.get(bucket.name, "b", 10) is None


def test_what_is_larger_than_asked_for_is_not_read(objects: Objects, bucket: Bucket) -> None:
    objects.put(bucket.name, "a", b"1234", JSON)

    with pytest.raises(PhotoTooLarge):
        objects.get(bucket.name, "a", 3)


def test_closing_twice_does_no_harm(objects: Objects) -> None:
    objects.close()
    objects.close()
