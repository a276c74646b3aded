"""What every BlobStore promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_keeping import FakeBlobs
from fieldmark.adapters.folder_blobs import FolderBlobs
from fieldmark.ports import BlobStore


def _fake(_: Path) -> BlobStore:
    return FakeBlobs()


def _folder(folder: Path) -> BlobStore:
    return FolderBlobs(folder / "state" / "photos")


@pytest.fixture(params=[_fake, _folder])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    make: Callable[[Path], BlobStore] = request.param
    blobs = make(tmp_path)
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
