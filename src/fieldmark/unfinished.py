"""Files that are being written: none has its name before it is whole."""

import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["remove_unfinished", "unfinished_file"]


@contextmanager
def unfinished_file(folder: Path, prefix: str) -> Iterator[Path]:
    """Lend a new file that its user alone may read, until it is renamed or the block ends.

    It is locked as long as it is lent, so that ``remove_unfinished`` leaves it.

    Raises:
        OSError: it cannot be made.
    """
    handle, path = _new_locked(folder, prefix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def remove_unfinished(folder: Path, prefix: str) -> None:
    """Remove what killed processes left in the folder: what nobody holds locked."""
    for leftover in folder.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError), leftover.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink()


def _new_locked(folder: Path, prefix: str) -> tuple[int, Path]:
    """Return a file that is still there once it is locked: another may remove it before."""
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:
                return handle, Path(name)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            os.close(handle)
            raise
        os.close(handle)
