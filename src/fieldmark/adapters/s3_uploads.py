"""Photos on their way, in a bucket: browsers lay them there by a signed form, we fetch them."""

import re
import secrets
from typing import Final

from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.adapters.s3_client import reaching
from fieldmark.adapters.s3_origin import origin_of, told_origin
from fieldmark.errors import NotFound, PhotoTooLarge
from fieldmark.ports import UploadForm

__all__ = ["S3Uploads"]

_KEY_BYTES: Final = 16
_KEY: Final = re.compile(r"[0-9a-f]{32}")
_EXPIRES_S: Final = 600


class S3Uploads:
    """A ports.Uploads in a bucket; no photo has more than ``most_bytes``.

    A key is 128 random bits, so that nobody finds what another laid down. What is left over is for
    the bucket's lifecycle rule.
    """

    def __init__(self, bucket: S3Bucket, most_bytes: int) -> None:
        self._bucket = bucket
        self._most_bytes = most_bytes
        self._origin = told_origin(bucket.name)

    @property
    def origin(self) -> str:
        """See ports.Uploads."""
        if self._origin is None:
            self._origin = origin_of(self.form("image/jpeg", 1).url)
        return self._origin

    def form(self, content_type: str, size_bytes: int) -> UploadForm:
        """See ports.Uploads."""
        key = secrets.token_hex(_KEY_BYTES)
        most_bytes = min(size_bytes, self._most_bytes)
        client = self._bucket.client
        with reaching(str(self._bucket)):
            signed = client.generate_presigned_post(
                self._bucket.name,
                self._bucket.prefix + key,
                Fields={"Content-Type": content_type},
                Conditions=[
                    {"Content-Type": content_type},
                    ["content-length-range", 1, most_bytes],
                ],
                ExpiresIn=_EXPIRES_S,
            )
        return UploadForm(signed["url"], signed["fields"], key, _EXPIRES_S)

    def put(self, photo: bytes) -> str:
        """See ports.Uploads."""
        key = secrets.token_hex(_KEY_BYTES)
        self._bucket.put(key, photo)
        return key

    def get(self, key: str) -> bytes | None:
        """See ports.Uploads."""
        _require_given(key)
        try:
            return self._bucket.get(key, self._most_bytes)
        except TooLarge as error:
            raise PhotoTooLarge(
                f"the upload has {error} and at most {self._most_bytes:,} are accepted; "
                "send a smaller copy"
            ) from error

    def delete(self, key: str) -> None:
        """See ports.Uploads."""
        _require_given(key)
        self._bucket.delete([key])

    def close(self) -> None:
        """See ports.Uploads."""
        self._bucket.close()


def _require_given(key: str) -> None:
    if _KEY.fullmatch(key) is None:
        raise NotFound(
            f"there is no upload {key[:40]!r}; use the photo_key that came with the form"
        )
