"""A bucket: what S3 says in its words comes out in ours, and nobody waits long."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from fakes import Recorder
from fieldmark.adapters import s3_client
from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.errors import ExtraMissing, StoreRefused, Unavailable
from s3_faults import FaultyS3, faulty
from s3_server import Bucket

HANG_S = 30


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """Return the proxy that AWS's variables lead to now."""
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        yield state


def test_keys_come_in_order_and_beyond_one_page(bucket: Bucket) -> None:
    place = bucket.at("in/")
    for number in range(12):
        place.put(f"a/{number:04}", b"")
    place.put("b", b"")
    bucket.at("").put("outside", b"")

    assert list(place.keys("a/")) == [f"a/{number:04}" for number in range(12)]
    assert bucket.all_keys()[0] == "in/a/0000"


def test_a_listing_goes_on_from_page_to_page(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldmark.adapters.s3_bucket._PAGE", 3)
    place = bucket.at()
    for number in range(8):
        place.put(str(number), b"")

    assert list(place.keys("")) == list("01234567")
    place.delete(list("0123456"))
    assert list(place.keys("")) == ["7"]


def test_what_is_there_is_not_added_again(bucket: Bucket) -> None:
    place = bucket.at()

    assert place.add("a", b"1")
    assert not place.add("a", b"2")
    assert place.get("a", 10) == b"1"


def test_more_than_the_bound_is_not_read(bucket: Bucket) -> None:
    place = bucket.at()
    place.put("a", bytes(11))

    assert place.get("a", 11) == bytes(11)
    with pytest.raises(TooLarge, match="11 bytes"):
        place.get("a", 10)
    with pytest.raises(TooLarge, match="11 bytes"):
        place.download("a", io.BytesIO(), 10, None)


def test_a_version_that_is_known_is_not_sent_again(bucket: Bucket) -> None:
    place, file = bucket.at(), io.BytesIO()
    place.put("a", b"one")

    version = place.download("a", file, 10, None)

    assert file.getvalue() == b"one"
    assert version is not None
    assert place.download("a", io.BytesIO(), 10, version) is None
    place.put("a", b"two")
    assert place.download("a", io.BytesIO(), 10, version) not in (None, version)
    with pytest.raises(KeyError):
        place.download("b", io.BytesIO(), 10, None)


@pytest.mark.parametrize(
    ("status", "code", "error", "remedy"),
    [
        (403, "AccessDenied", StoreRefused, "allow s3:GetObject"),
        (403, "ExpiredToken", StoreRefused, "does not know these credentials"),
        (403, "SignatureDoesNotMatch", StoreRefused, "does not know these credentials"),
        (404, "NoSuchBucket", StoreRefused, "make it, or name another"),
        (500, "InternalError", Unavailable, "InternalError"),
        (503, "SlowDown", Unavailable, "SlowDown"),
        (409, "ConditionalRequestConflict", Unavailable, "ConditionalRequestConflict"),
    ],
)
def test_each_fault_says_what_to_do(
    proxy: FaultyS3, bucket: Bucket, status: int, code: str, error: type[Exception], remedy: str
) -> None:
    proxy.fault = (status, code)
    attempts: list[Callable[[S3Bucket], object]] = [
        lambda place: place.get("a", 1),
        lambda place: place.put("a", b""),
        lambda place: place.add("a", b""),
        lambda place: place.delete(["a"]),
        lambda place: list(place.keys("")),
        lambda place: place.download("a", io.BytesIO(), 1, None),
    ]

    for attempt in attempts:
        place = bucket.at("in/")
        with pytest.raises(error, match=remedy) as raised:
            attempt(place)
        assert str(place) in str(raised.value)
        place.close()


def test_a_bucket_that_is_not_there_is_told_apart_from_an_object(bucket: Bucket) -> None:
    assert bucket.at().get("nothing", 1) is None
    with pytest.raises(StoreRefused, match="there is no such bucket"):
        S3Bucket("test-no-such-bucket-here").get("nothing", 1)
    with pytest.raises(StoreRefused, match="cannot be asked"):
        S3Bucket("No Bucket!").get("nothing", 1)


@pytest.mark.parametrize("fault", ["hang", "drop"])
def test_a_server_that_says_nothing_is_asked_twice_and_then_left(
    proxy: FaultyS3, bucket: Bucket, fault: str
) -> None:
    place = bucket.at()
    proxy.fault = fault
    start_s = time.monotonic()

    with pytest.raises(Unavailable, match="does not answer"):
        place.get("a", 1)

    assert len(proxy.asked) == 2
    assert time.monotonic() - start_s < HANG_S


def test_a_server_that_hung_is_left_alone_for_a_while(proxy: FaultyS3, bucket: Bucket) -> None:
    events = Recorder()
    place = S3Bucket(bucket.name, "", events)
    proxy.fault = "hang"
    with pytest.raises(Unavailable, match="does not answer"):
        place.get("a", 1)
    proxy.asked.clear()

    with pytest.raises(Unavailable, match="is left alone"):
        place.put("a", b"1")

    assert proxy.asked == []
    assert [name for name, _ in events.events] == ["breaker.opened"]
    proxy.fault = None
    deadline_s = time.monotonic() + HANG_S
    while time.monotonic() < deadline_s:
        with suppress(Unavailable):
            place.put("a", b"1")
            break
        time.sleep(0.05)
    assert place.get("a", 1) == b"1"


def test_nobody_listening_is_unavailable(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        bucket.at().get("a", 1)


def test_an_endpoint_that_is_none_says_so(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "nonsense")

    with pytest.raises(StoreRefused, match="look at the AWS_"):
        bucket.at().get("a", 1)


def test_without_credentials_it_says_so(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    with pytest.raises(StoreRefused, match="give this machine a role"):
        bucket.at().get("a", 1)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "find_spec", lambda _: None)

    with pytest.raises(ExtraMissing, match=r"pip install 'fieldmark\[aws\]'"):
        S3Bucket("a")


def test_a_closed_bucket_opens_again_when_it_is_asked(bucket: Bucket) -> None:
    place = bucket.at()
    place.put("a", b"1")
    place.close()
    place.close()

    assert place.get("a", 1) == b"1"
    place.close()
