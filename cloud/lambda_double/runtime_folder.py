"""The runtime client alone, as Lambda has it beside the code: for a sealed environment."""

from importlib.metadata import distribution
from pathlib import Path

__all__ = ["lay_out"]

_CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")


def lay_out(folder: Path) -> Path:
    """Link what the runtime client is made of into the folder and return it."""
    for name in _CLIENT:
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files if ".." not in file.parts}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder
