"""Overrides that lie in a bucket: read when they changed, refused when they cannot serve."""

import pytest

from fieldmark.adapters.override_files import OverrideObject
from fieldmark.atlas_format.overrides import MAX_BYTES
from fieldmark.errors import SourceBroken
from s3_server import Bucket


def test_an_object_is_read_once_for_each_version(bucket: Bucket) -> None:
    bucket.at().put("o.csv", b"one")
    place = OverrideObject(bucket.at(), "o.csv")

    first = place.read(None)
    assert first is not None
    version, data = first
    assert data == b"one"
    assert place.read(version) is None
    bucket.at().put("o.csv", b"two")
    second = place.read(version)
    assert second is not None
    assert second[1] == b"two"


def test_one_that_is_not_there_says_where_it_should_be(bucket: Bucket) -> None:
    with pytest.raises(SourceBroken, match=r"s3://.*/o\.csv: there is no such object"):
        OverrideObject(bucket.at(), "o.csv").read(None)


def test_one_that_is_too_large_is_not_read(bucket: Bucket) -> None:
    bucket.at().put("o.csv", b" " * (MAX_BYTES + 1))

    with pytest.raises(SourceBroken, match="2,097,152 are the most"):
        OverrideObject(bucket.at(), "o.csv").read(None)
