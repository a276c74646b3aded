"""Objects in S3, read and written where an event says."""

import threading
from typing import TYPE_CHECKING, Any

from fieldmark.errors import PhotoTooLarge, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Objects"]

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404", "NotFound"})


class S3Objects:
    """A ports.Objects over S3; the client is made when the first object is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: S3Client | None = None

    def get(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
        """See ports.Objects."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            found = self._client().get_object(Bucket=bucket, Key=key)
            with found["Body"] as body:
                _require_size(found["ContentLength"], most_bytes)
                return body.read(most_bytes)
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise Unavailable(f"S3 did not hand out the photo: {_code(error)}") from error
        except BotoCoreError as error:
            raise Unavailable(f"S3 does not answer: {type(error).__name__}") from error

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """See ports.Objects."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._client().put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type)
        except ClientError as error:
            raise Unavailable(f"S3 did not keep the answer: {_code(error)}") from error
        except BotoCoreError as error:
            raise Unavailable(f"S3 does not answer: {type(error).__name__}") from error

    def close(self) -> None:
        """See ports.Objects."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _client(self) -> "S3Client":
        with self._lock:
            if self._made is None:
                import boto3  # noqa: PLC0415  170 ms that only those pay who read an object
                from botocore.config import Config  # noqa: PLC0415

                config = Config(
                    connect_timeout=2,
                    read_timeout=5,
                    retries={"total_max_attempts": 3, "mode": "standard"},
                )
                self._made = boto3.session.Session().client("s3", config=config)
            return self._made


def _require_size(size_bytes: int, most_bytes: int) -> None:
    if size_bytes > most_bytes:
        raise PhotoTooLarge(f"{size_bytes:,} bytes lie there and at most {most_bytes:,} are read")


def _code(error: Any) -> str:  # noqa: ANN401  # botocore's error has no type of its own for it
    return str(error.response.get("Error", {}).get("Code", "unknown"))
