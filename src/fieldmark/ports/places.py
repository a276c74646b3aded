"""Places by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Gazetteer", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: ``within`` says where it lies, ``radius_m`` how far it reaches."""

    name: str
    kind: str
    within: str
    latitude: float
    longitude: float
    radius_m: float


class Gazetteer(Protocol):
    """Places by name."""

    def find(self, text: str, limit: int) -> Sequence[Place]:
        """Return the places whose name begins with the text, or a word of it does, best first.

        Case, accents and punctuation do not count. What follows a comma says where the place lies:
        "Springfield, Illinois". Text of fewer than two letters, or more than 100, finds nothing.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...
