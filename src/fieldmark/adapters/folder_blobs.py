"""Bytes by key in a folder that only its user may read."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fieldmark.adapters.blob_keys import require_blob_key
from fieldmark.adapters.private_files import make_private_folder
from fieldmark.errors import Unavailable
from fieldmark.unfinished import remove_unfinished, unfinished_file

__all__ = ["FolderBlobs"]

_PARTIAL: Final = ".partial_"
"""No key has an underscore, so none meets a file that is being written."""


class FolderBlobs:
    """A ports.BlobStore in a folder that is made by the first ``put``.

    A file gets its name when it is whole. What killed processes left half-written is removed by
    the first ``put`` of the next one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept = False

    def put(self, key: str, data: bytes) -> None:
        """See ports.BlobStore."""
        path = self._path(key)
        with self._reaching(key):
            make_private_folder(path.parent)
            self._sweep()
            with unfinished_file(self._folder, _PARTIAL) as partial, partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                partial.replace(path)

    def get(self, key: str) -> bytes | None:
        """See ports.BlobStore."""
        path = self._path(key)
        with self._reaching(key):
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    def delete(self, key: str) -> None:
        """See ports.BlobStore."""
        path = self._path(key)
        with (
            self._reaching(key),
            contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError),
        ):
            path.unlink()

    def close(self) -> None:
        """See ports.BlobStore."""

    def _path(self, key: str) -> Path:
        require_blob_key(key)
        return self._folder / key

    def _sweep(self) -> None:
        if not self._swept:
            remove_unfinished(self._folder, _PARTIAL)
            self._swept = True

    @contextmanager
    def _reaching(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"{key} in {self._folder} cannot be reached ({error.strerror or error})"
            ) from error
