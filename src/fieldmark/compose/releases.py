"""Releases that lie elsewhere: fetched whole, for as long as they are read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.errors import AtlasBroken
from fieldmark.settings import S3Place

__all__ = ["release_at"]

_MOST_BYTES: Final = 16 * 1024**3


@contextmanager
def release_at(place: S3Place) -> Iterator[Path]:
    """Yield a file of this machine with the release of an object store.

    Raises:
        AtlasBroken: there is none.
        Unavailable: the store does not hand it out.
    """
    key = place.prefix.rstrip("/")
    with tempfile.TemporaryDirectory(prefix="fieldmark-release-") as folder:
        file = Path(folder, "release.sqlite")
        try:
            with file.open("wb") as writing:
                S3Bucket(place.bucket, "").download(key, writing, _MOST_BYTES, None)
        except KeyError as error:
            raise AtlasBroken(f"there is no release at s3://{place.bucket}/{key}") from error
        yield file
