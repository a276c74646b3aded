"""What Lambda has beside the code, its runtime client and boto3: for a sealed environment."""

from importlib.metadata import distribution
from pathlib import Path

__all__ = ["lay_out"]

_CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")
_SDK = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")


def lay_out(folder: Path) -> Path:
    """Link what both are made of into the folder and return it."""
    for name in _CLIENT + _SDK:
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files if ".." not in file.parts}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder
