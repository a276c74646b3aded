"""Publishing a release as a file: whole or not at all.

The file is written beside its place, brought to the disk, checked, and only then renamed into its
place. Whatever happens before leaves what was there; what a killed run leaves behind is hidden,
and removed by the next one.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from fieldmark.atlas.content import ReleaseContent, write_content

__all__ = ["publish_file"]

_MODE: Final = 0o644
"""As any file that others may read; the temporary one was for its owner only."""


def publish_file(content: ReleaseContent, out: Path, check: Callable[[Path], None]) -> int:
    """Write the release to ``out`` in one step and return its size in bytes.

    ``check`` is given the finished file before it gets its name; what it raises stops the
    publishing.

    Raises:
        OSError: the file cannot be written; what stood there still stands.
    """
    with _beside(out) as partial:
        write_content(content, partial)
        partial.chmod(_MODE)
        _sync(partial)
        check(partial)
        size_bytes = partial.stat().st_size
        partial.replace(out)
    _sync(out.parent)
    return size_bytes


@contextlib.contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Lend a new file in the folder of ``out``, locked while this process lives, then removed."""
    _sweep(out)
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent)
    partial = Path(name)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield partial
    finally:
        partial.unlink(missing_ok=True)
        os.close(handle)


def _sweep(out: Path) -> None:
    """Remove what killed runs left: hidden files of this name that no process holds locked."""
    for leftover in out.parent.glob(f".{out.name}.*.partial"):
        with contextlib.suppress(OSError), leftover.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
