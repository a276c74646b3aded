"""Where live overrides lie: a file of this machine, or an object in S3."""

from io import BytesIO
from pathlib import Path
from typing import Protocol

from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.atlas_format.overrides import MAX_BYTES
from fieldmark.errors import SourceBroken

__all__ = ["OverrideFile", "OverrideObject", "OverridePlace"]


class OverridePlace(Protocol):
    """Somewhere that overrides are read from; ``str`` of it is its name for messages."""

    def read(self, known: str | None) -> tuple[str, bytes] | None:
        """Return its version and what it holds, None where that is the known version.

        Raises:
            SourceBroken: there is none, it is too large or it cannot be read.
            Unavailable: the store did not answer.
            StoreRefused: the store does not let Fieldmark in.
        """
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class OverrideFile:
    """See OverridePlace. A version is the file's number, size and time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def read(self, known: str | None) -> tuple[str, bytes] | None:
        """See OverridePlace."""
        try:
            with self._path.open("rb") as file:
                stat = self._path.stat()
                version = f"{stat.st_ino}-{stat.st_size}-{stat.st_mtime_ns}"
                return None if version == known else (version, file.read(MAX_BYTES + 1))
        except OSError as error:
            raise SourceBroken(
                f"{self._path} cannot be read ({error.strerror}); FIELDMARK_OVERRIDES names it"
            ) from error

    def close(self) -> None:
        """See OverridePlace."""


class OverrideObject:
    """See OverridePlace. A version is the object's ETag."""

    def __init__(self, bucket: S3Bucket, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def __str__(self) -> str:
        return f"{self._bucket}{self._key}"

    def read(self, known: str | None) -> tuple[str, bytes] | None:
        """See OverridePlace."""
        data = BytesIO()
        try:
            version = self._bucket.download(self._key, data, MAX_BYTES, known)
        except KeyError:
            raise SourceBroken(f"{self}: there is no such object; lay overrides.csv down there") \
                from None  # fmt: skip
        except TooLarge as error:
            raise SourceBroken(f"{self} has {error}; {MAX_BYTES:,} are the most") from error
        return None if version is None else (version, data.getvalue())

    def close(self) -> None:
        """See OverridePlace."""
        self._bucket.close()
