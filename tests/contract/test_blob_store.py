"""What every BlobStore promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_keeping import FakeBlobs
from fieldmark.adapters.folder_blobs import FolderBlobs
from fieldmark.adapters.s3_blobs import S3Blobs
from fieldmark.ports import BlobStore
from s3_server import Bucket


def _fake(_: pytest.FixtureRequest) -> BlobStore:
    return FakeBlobs()


def _folder(request: pytest.FixtureRequest) -> BlobStore:
    folder: Path = request.getfixturevalue("tmp_path")
    return FolderBlobs(folder / "state" / "photos")


def _s3(request: pytest.FixtureRequest) -> BlobStore:
    bucket: Bucket = request.getfixturevalue("bucket")
    return S3Blobs(bucket.at("state/photos/"))


@pytest.fixture(params=[_fake, _folder, _s3])
def blobs(request: pytest.FixtureRequest) -> Iterator[BlobStore]:
    make: Callable[[pytest.FixtureRequest], BlobStore] = request.param
    blobs = make(request)
    yield blobs
    blobs.close()


@pytest.mark.parametrize("key", ["a", "photos/2026-07/0.jpg", "a.b-c", ".hidden", "a/b/c/d"])
def test_what_was_put_is_there(blobs: BlobStore, key: str) -> None:
    blobs.put(key, bytes(range(256)))

    assert blobs.get(key) == bytes(range(256))


def test_no_bytes_are_bytes(blobs: BlobStore) -> None:
    blobs.put("empty", b"")

    assert blobs.get("empty") == b""


def test_what_was_not_put_is_none(blobs: BlobStore) -> None:
    assert blobs.get("nothing") is None
    assert blobs.get("folder/nothing") is None


def test_putting_again_replaces_what_was_there(blobs: BlobStore) -> None:
    blobs.put("a", b"old and longer")
    blobs.put("a", b"new")

    assert blobs.get("a") == b"new"


def test_what_was_deleted_is_gone_and_the_rest_stays(blobs: BlobStore) -> None:
    blobs.put("photos/a", b"1")
    blobs.put("photos/b", b"2")

    blobs.delete("photos/a")
    blobs.delete("photos/a")
    blobs.delete("nothing/at/all")

    assert blobs.get("photos/a") is None
    assert blobs.get("photos/b") == b"2"


@pytest.mark.parametrize(
    "key",
    ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "a/./b", "A", "a b", "a_b",
     "a\n", "\n", "a\x00", "a\\b", "ä", "~", "a:b", "a/...", "c%2e"],
)  # fmt: skip
def test_what_is_no_key_is_refused(blobs: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        blobs.put(key, b"1")
    with pytest.raises(ValueError, match="is no key"):
        blobs.get(key)
    with pytest.raises(ValueError, match="is no key"):
        blobs.delete(key)


def test_threads_may_share_a_store(blobs: BlobStore) -> None:
    def work(number: int) -> bytes | None:
        blobs.put(f"photos/{number % 7}", bytes([number % 7]) * 50_000)
        return blobs.get(f"photos/{number % 7}")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(100)))

    assert found == [bytes([number % 7]) * 50_000 for number in range(100)]


def test_closing_twice_does_no_harm(blobs: BlobStore) -> None:
    blobs.put("a", b"1")

    blobs.close()
    blobs.close()
