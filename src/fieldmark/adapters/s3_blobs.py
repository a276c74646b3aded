"""Bytes by key in a bucket of S3."""

from typing import Final

from fieldmark.adapters.blob_keys import require_blob_key
from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.errors import Unavailable

__all__ = ["S3Blobs"]

_MOST_BYTES: Final = 64 * 1024 * 1024


class S3Blobs:
    """A ports.BlobStore in a bucket; what it gives back has at most 64 MiB."""

    def __init__(self, bucket: S3Bucket) -> None:
        self._bucket = bucket

    def put(self, key: str, data: bytes) -> None:
        """See ports.BlobStore."""
        require_blob_key(key)
        self._bucket.put(key, data)

    def get(self, key: str) -> bytes | None:
        """See ports.BlobStore."""
        require_blob_key(key)
        try:
            return self._bucket.get(key, _MOST_BYTES)
        except TooLarge as error:
            raise Unavailable(f"{key} in {self._bucket} is larger than a blob may be") from error

    def delete(self, key: str) -> None:
        """See ports.BlobStore."""
        require_blob_key(key)
        self._bucket.delete([key])

    def close(self) -> None:
        """See ports.BlobStore."""
        self._bucket.close()
