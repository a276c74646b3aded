"""Files that only their user may read."""

from pathlib import Path
from typing import Final

__all__ = ["PRIVATE_FILE", "make_private_folder"]

PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


def make_private_folder(folder: Path) -> None:
    """Make the folder and what is missing above it; what is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
