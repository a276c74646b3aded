"""Objects of one bucket below one prefix: read within bounds, listed in the order of their keys."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Final, TypeVar

from fieldmark.adapters.circuit_breaker import BreakerRules, CircuitBreaker
from fieldmark.adapters.s3_client import code_of, error_of, new_client, reaching, require_client
from fieldmark.ports import Observer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

__all__ = ["S3Bucket", "TooLarge"]

T = TypeVar("T")

_READ_AT_ONCE: Final = 8
_PAGE: Final = 1000
"""The most keys that S3 lists or deletes in one request."""

_PIECE_BYTES: Final = 1024 * 1024
_BYTES: Final = "application/octet-stream"
_UNCHANGED: Final = frozenset({"304", "NotModified"})
_RULES: Final = BreakerRules(slow_s=1.5, first_pause_s=1.0)
"""One that hung is left alone; three quick faults in a row count like one that hung."""


class TooLarge(Exception):
    """An object is larger than the bound; it was not read. It never leaves the adapters."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"{size_bytes:,} bytes")
        self.size_bytes = size_bytes


class S3Bucket:
    """A bucket, below a prefix that is empty or ends with a slash; keys are what follows it.

    Nothing is asked, and no client made, before the first call. Threads may share it. Each method
    raises ``Unavailable`` where S3 does not answer, and for a while after it did not;
    ``StoreRefused`` where it will not.
    """

    def __init__(self, name: str, prefix: str = "", observer: Observer | None = None) -> None:
        require_client()
        self.name = name
        self.prefix = prefix
        self._breaker = CircuitBreaker(str(self), _RULES, observer)
        self._lock = threading.Lock()
        self._client: S3Client | None = None

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}"

    @property
    def client(self) -> "S3Client":
        """The client, made when it is first asked for."""
        with self._lock:
            if self._client is None:
                self._client = new_client()
            return self._client

    def get(self, key: str, most_bytes: int) -> bytes | None:
        """Return an object, None where there is none.

        Raises:
            TooLarge: it is larger than that.
        """
        found = self._ask(lambda client: self._read(client, key, most_bytes))
        if isinstance(found, int):
            raise TooLarge(found)
        return found

    def get_all(self, keys: Sequence[str], most_bytes: int) -> Mapping[str, bytes]:
        """Return the objects by key, several read at once; a key without one is absent.

        Raises:
            TooLarge: one is larger than that.
        """
        if len(keys) == 1:
            found = self.get(keys[0], most_bytes)
            return {} if found is None else {keys[0]: found}
        with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
            read = pool.map(lambda key: self.get(key, most_bytes), keys)
            return {key: data for key, data in zip(keys, read, strict=True) if data is not None}

    def download(self, key: str, file: IO[bytes], most_bytes: int, known: str | None) -> str | None:
        """Write an object into the file and return its version; None where that is the known one.

        Raises:
            KeyError: there is none.
            TooLarge: it is larger than that.
            OSError: the file does not take it.
        """
        request: GetObjectRequestTypeDef = {"Bucket": self.name, "Key": self.prefix + key}
        if known is not None:
            request["IfNoneMatch"] = known

        def write(client: "S3Client") -> str | None:
            try:
                found = client.get_object(**request)
            except client.exceptions.NoSuchKey:
                raise KeyError(key) from None
            except client.exceptions.ClientError as error:
                if code_of(error) in _UNCHANGED:
                    return None
                raise
            with closing(found["Body"]) as body:
                if found["ContentLength"] > most_bytes:
                    raise TooLarge(found["ContentLength"])
                for piece in body.iter_chunks(_PIECE_BYTES):
                    file.write(piece)
            return found["ETag"]

        return self._ask(write)

    def put(self, key: str, data: bytes, content_type: str = _BYTES) -> None:
        """Write an object, whole or not at all, in place of what was there."""
        self._ask(
            lambda client: client.put_object(
                Bucket=self.name, Key=self.prefix + key, Body=data, ContentType=content_type
            )
        )

    def add(self, key: str, data: bytes, content_type: str = _BYTES) -> bool:
        """Write an object unless there is one; False where there is.

        A first try of ours whose answer was lost counts as one that is there.
        """

        def write(client: "S3Client") -> bool:
            try:
                client.put_object(
                    Bucket=self.name,
                    Key=self.prefix + key,
                    Body=data,
                    ContentType=content_type,
                    IfNoneMatch="*",
                )
            except client.exceptions.ClientError as error:
                if code_of(error) == "PreconditionFailed":
                    return False
                raise
            return True

        return self._ask(write)

    def delete(self, keys: Iterable[str]) -> None:
        """Forget objects; forgetting what is not there does no harm."""
        rest = iter(keys)
        while page := list(islice(rest, _PAGE)):
            self._ask(partial(self._delete, page))

    def keys(self, below: str) -> Iterator[str]:
        """Yield the keys that begin so, in their order; a page is asked for when it is needed."""
        listing = self.client.get_paginator("list_objects_v2")
        pages = iter(
            listing.paginate(
                Bucket=self.name, Prefix=self.prefix + below, PaginationConfig={"PageSize": _PAGE}
            )
        )
        while (page := self._ask(lambda _: next(pages, None))) is not None:
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self.prefix)

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _ask(self, work: "Callable[[S3Client], T]") -> T:
        client = self.client

        def asked() -> T:
            with reaching(str(self)):
                return work(client)

        return self._breaker.call(asked)

    def _read(self, client: "S3Client", key: str, most_bytes: int) -> bytes | int | None:
        """Return an object, its size where that is beyond the bound, None where there is none."""
        try:
            found = client.get_object(Bucket=self.name, Key=self.prefix + key)
        except client.exceptions.NoSuchKey:
            return None
        with closing(found["Body"]) as body:
            size_bytes = found["ContentLength"]
            return size_bytes if size_bytes > most_bytes else body.read()

    def _delete(self, keys: Sequence[str], client: "S3Client") -> None:
        done = client.delete_objects(
            Bucket=self.name,
            Delete={"Objects": [{"Key": self.prefix + key} for key in keys], "Quiet": True},
        )
        if failed := done.get("Errors"):
            raise error_of(str(self), failed[0].get("Code", ""))
