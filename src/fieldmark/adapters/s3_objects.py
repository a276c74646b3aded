"""Objects in S3, read and written where an event says."""

import threading

from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.errors import PhotoTooLarge

__all__ = ["S3Objects"]


class S3Objects:
    """A ports.Objects over S3; a bucket's client is made when the first object is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, S3Bucket] = {}

    def get(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
        """See ports.Objects."""
        try:
            return self._bucket(bucket).get(key, most_bytes)
        except TooLarge as error:
            raise PhotoTooLarge(
                f"the photo has {error} and at most {most_bytes:,} are accepted"
            ) from error

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """See ports.Objects."""
        self._bucket(bucket).put(key, data, content_type)

    def close(self) -> None:
        """See ports.Objects."""
        with self._lock:
            for bucket in self._buckets.values():
                bucket.close()
            self._buckets.clear()

    def _bucket(self, name: str) -> S3Bucket:
        with self._lock:
            if name not in self._buckets:
                self._buckets[name] = S3Bucket(name)
            return self._buckets[name]
