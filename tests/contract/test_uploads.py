"""What every store of Uploads promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_uploads import FakeUploads
from fieldmark.adapters.s3_uploads import S3Uploads
from fieldmark.errors import NotFound, PhotoTooLarge
from fieldmark.ports import Uploads
from s3_server import Bucket

MOST_BYTES = 1000


def _fake(_: pytest.FixtureRequest) -> Uploads:
    return FakeUploads(most_bytes=MOST_BYTES)


def _s3(request: pytest.FixtureRequest) -> Uploads:
    bucket: Bucket = request.getfixturevalue("bucket")
    return S3Uploads(bucket.at("in/"), MOST_BYTES)


@pytest.fixture(params=[_fake, _s3])
def uploads(request: pytest.FixtureRequest) -> Iterator[Uploads]:
    make: Callable[[pytest.FixtureRequest], Uploads] = request.param
    uploads = make(request)
    yield uploads
    uploads.close()


def test_what_was_laid_down_is_there_until_it_is_deleted(uploads: Uploads) -> None:
    key = uploads.put(b"photo")
    other = uploads.put(b"other")

    assert uploads.get(key) == b"photo"
    uploads.delete(key)
    uploads.delete(key)
    assert uploads.get(key) is None
    assert uploads.get(other) == b"other"


def test_a_form_is_for_one_photo_that_is_not_there_yet(uploads: Uploads) -> None:
    forms = [uploads.form("image/heic", MOST_BYTES) for _ in range(3)]

    assert len({form.key for form in forms}) == 3
    assert all(uploads.get(form.key) is None for form in forms)
    assert all(form.fields["Content-Type"] == "image/heic" for form in forms)
    assert all(0 < form.expires_s <= 3600 for form in forms)


def test_a_form_leads_to_the_origin(uploads: Uploads) -> None:
    assert uploads.form("image/png", 1).url.startswith(f"{uploads.origin}/")


def test_no_more_is_read_than_a_photo_may_have(uploads: Uploads) -> None:
    assert uploads.get(uploads.put(bytes(MOST_BYTES))) == bytes(MOST_BYTES)
    with pytest.raises(PhotoTooLarge, match="1,001"):
        uploads.get(uploads.put(bytes(MOST_BYTES + 1)))


@pytest.mark.parametrize(
    "key",
    ["", "..", "a", "../" + "0" * 32, "in/" + "0" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n",
     "A" * 32, "\N{LION FACE}" * 32, "\x00" * 32, "٣" * 32],
)  # fmt: skip
def test_a_key_that_was_never_given_is_not_found(uploads: Uploads, key: str) -> None:
    with pytest.raises(NotFound, match="there is no upload"):
        uploads.get(key)
    with pytest.raises(NotFound, match="there is no upload"):
        uploads.delete(key)


def test_threads_may_share_a_store(uploads: Uploads) -> None:
    def work(number: int) -> bool:
        key = uploads.put(bytes([number]))
        return uploads.get(key) == bytes([number])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(50)))


def test_closing_twice_does_no_harm(uploads: Uploads) -> None:
    uploads.put(b"1")

    uploads.close()
    uploads.close()
