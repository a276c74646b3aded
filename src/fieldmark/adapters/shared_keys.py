"""The keys of the shared cache: version of the form, release, and what of it."""

from functools import lru_cache
from typing import Final
from urllib.parse import quote

__all__ = ["POINTER", "key_of_area", "key_of_block", "key_of_range", "key_of_release"]

_VERSION: Final = "fm1"
"""Goes up with every change of what stands under a key: two versions may run side by side."""

POINTER: Final = f"{_VERSION}:current"
"""Holds the name of the release in use."""


def key_of_area(release: str, cell: int) -> str:
    """Return the key of what lives in a cell."""
    return f"{_prefix(release)}{cell:x}"


def key_of_block(release: str, number: int) -> str:
    """Return the key of a block of taxa."""
    return f"{_prefix(release)}taxa:{number}"


def key_of_range(release: str, taxon_id: int) -> str:
    """Return the key of where and when a taxon occurs."""
    return f"{_prefix(release)}range:{taxon_id}"


def key_of_release(release: str) -> str:
    """Return the key of what a release says of itself."""
    return f"{_prefix(release)}release"


@lru_cache(maxsize=16)
def _prefix(release: str) -> str:
    """Return what the keys of a release begin with; no name reaches into another's keys."""
    return f"{_VERSION}:{quote(release, safe='')}:"
