"""Each event is told by its shape, and each item says which photo it is."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.domain.position import Position
from fieldmark.entrypoints.ml_events import (
    Lying,
    answer_key,
    is_item,
    item_of,
    items_of,
    notified,
)
from fieldmark.errors import DateInvalid, PositionInvalid, RequestError
from fieldmark.ports import Question


def record(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": "photos"}, "object": {"key": key, "size": 1024}},
    }


def test_a_notification_names_new_photos_with_their_keys_unescaped() -> None:
    event = {"Records": [record("a+lion%C3%A4.jpg"), record("b", "ObjectCreated:Post")]}

    assert notified(event) == (Lying("photos", "a lionä.jpg"), Lying("photos", "b"))


def test_what_was_removed_and_what_is_an_answer_are_no_new_photos() -> None:
    event = {"Records": [record("gone", "ObjectRemoved:Delete"), record("answers/a.jpg.json")]}

    assert notified(event) == ()


def test_the_message_that_tries_a_notification_names_none() -> None:
    assert notified({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos"}) == ()


def test_other_events_are_no_notification() -> None:
    assert notified({"version": 1}) is None
    assert items_of({"version": 1}) is None
    assert not is_item({"version": 1, "photo_key": "a"})


def test_an_answer_lies_below_its_own_prefix() -> None:
    assert answer_key(Lying("photos", "2026/lion.jpg")) == "answers/2026/lion.jpg.json"


@pytest.mark.parametrize(
    "item",
    [
        {"bucket": "photos", "key": "lion.jpg"},
        {"Bucket": "photos", "Key": "lion.jpg", "Etag": "x", "Size": 3, "StorageClass": "STANDARD"},
        {"bucket": "photos", "photo": "lion.jpg", "latitude": "", "longitude": "", "taken_on": ""},
    ],
)
def test_an_item_is_a_bucket_and_a_key(item: dict[str, Any]) -> None:
    assert item_of(item) == (Lying("photos", "lion.jpg"), Question(name="lion.jpg"))


def test_an_item_of_a_manifest_says_place_and_day() -> None:
    item = {"bucket": "p", "photo": "a", "latitude": "-24.99", "longitude": 31.55,
            "radius_m": "20", "taken_on": "2026-07-01"}  # fmt: skip

    assert item_of(item)[1] == Question(
        at=Position(-24.99, 31.55, 20.0), on=date(2026, 7, 1), name="a"
    )


def test_what_holds_of_a_batch_holds_of_each_item() -> None:
    event = {
        "BatchInput": {"bucket": "photos"},
        "Items": [{"Key": "a"}, {"Key": "b", "bucket": "c"}],
    }

    items = items_of(event)

    assert items is not None
    assert [item_of(item)[0] for item in items] == [Lying("photos", "a"), Lying("c", "b")]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({}, RequestError),
        ({"key": "a"}, RequestError),
        ({"bucket": "b"}, RequestError),
        ({"bucket": "b", "key": "x" * 1025}, RequestError),
        ({"bucket": "b", "key": 7}, RequestError),
        ({"bucket": "b", "key": "a", "latitude": 1}, PositionInvalid),
        ({"bucket": "b", "key": "a", "latitude": "x", "longitude": "1"}, PositionInvalid),
        ({"bucket": "b", "key": "a", "latitude": "nan", "longitude": "1"}, PositionInvalid),
        ({"bucket": "b", "key": "a", "latitude": 91, "longitude": 1}, PositionInvalid),
        ({"bucket": "b", "key": "a", "taken_on": "yesterday"}, DateInvalid),
    ],
)
def test_an_item_that_says_nonsense_is_refused(
    item: dict[str, Any], error: type[RequestError]
) -> None:
    with pytest.raises(error):
        item_of(item)


@pytest.mark.parametrize(
    "event", [{"Items": "a"}, {"Items": [{}] * 1001}, {"Items": [], "BatchInput": "b"}]
)
def test_a_batch_that_cannot_be_read_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        items_of(event)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["Items", "Records", "BatchInput", "key", "Key", "bucket", "s3", "object",
                         "eventName", "latitude", "longitude", "taken_on", "radius_m", "name"])
        | st.text(max_size=3),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=6) | st.just("Items"), JSON, max_size=4))
def test_whatever_an_item_is_it_is_read_or_refused(event: dict[str, Any]) -> None:
    try:
        for item in items_of(event) or [event]:
            item_of(item)
    except RequestError:
        pass
