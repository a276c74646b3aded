"""What a key of a BlobStore is, wherever the bytes lie."""

import re
from typing import Final

__all__ = ["require_blob_key"]

_PART: Final = r"(?!\.+(?:/|\Z))[a-z0-9.\-]{1,200}"
_KEY: Final = re.compile(rf"{_PART}(?:/{_PART})*")


def require_blob_key(key: str) -> None:
    """Check that it is one.

    Raises:
        ValueError: it is not.
    """
    if _KEY.fullmatch(key) is None:
        raise ValueError(
            f"{key!r} is no key; keys are lower-case letters, digits, '-', '.' and single '/'"
        )
