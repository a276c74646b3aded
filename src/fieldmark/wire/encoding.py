"""Numbers and lines: how values become text."""

from typing import Final

import msgspec

__all__ = ["encode", "rounded"]

_DECIMALS: Final = 4


def encode(value: msgspec.Struct) -> str:
    """Return the value as one line of JSON."""
    return msgspec.json.encode(value).decode()


def rounded(value: float) -> float:
    """Return a score or an occurrence with the decimals that leave."""
    return round(value, _DECIMALS)
