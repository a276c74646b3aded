"""Publishing a release as a file: whole or not at all.

The file is written beside its place, brought to the disk, checked, and only then renamed into its
place. Whatever happens before leaves what was there; what a killed run leaves behind is hidden,
and removed by the next one.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.unfinished import remove_unfinished, unfinished_file

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
    hidden = f".{out.name}.partial-"
    remove_unfinished(out.parent, hidden)
    with unfinished_file(out.parent, hidden) as partial:
        write_content(content, partial)
        partial.chmod(_MODE)
        _sync(partial)
        check(partial)
        size_bytes = partial.stat().st_size
        partial.replace(out)
    _sync(out.parent)
    return size_bytes


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
