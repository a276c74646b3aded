"""What several keys hold, as one tier answers: bodies, how old, and from how far behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldmark.atlas_format import pack_range, unpack_range
from fieldmark.domain.answer import Tier

__all__ = ["Lot", "Read", "deepest", "range_body", "range_of_body"]

_DEPTH: Final[Mapping[Tier, int]] = {"memory": 0, "valkey": 1, "database": 2, "none": 3}


@dataclass(frozen=True, slots=True)
class Lot:
    """Bodies by key, None where the store holds nothing by that name.

    ``tier`` is the outermost that had all of them, ``age_s`` that of the oldest; ``stale`` where
    one is older than it should be because what stands behind did not answer. ``beside`` are bodies
    of keys that nobody asked for and that came along.
    """

    bodies: Mapping[str, bytes | None]
    tier: Tier = "database"
    age_s: float = 0.0
    stale: bool = False
    beside: Mapping[str, bytes] = field(default_factory=dict)


Read = Callable[[Sequence[str]], Lot]
"""Asks what stands behind for some keys; answers for each of them, or raises."""


def deepest(first: Tier, second: Tier) -> Tier:
    """Return the tier that is further from the request."""
    return max(first, second, key=_DEPTH.__getitem__)


def range_body(months_by_cell: Mapping[int, int]) -> bytes:
    """Return the body of a taxon's range; empty where it occurs nowhere."""
    return pack_range(months_by_cell) if months_by_cell else b""


def range_of_body(body: bytes) -> dict[int, int]:
    """Return the range of its body.

    Raises:
        AtlasBroken: it is none.
    """
    return unpack_range(body) if body else {}
