"""Reasons: why a record is not counted."""

from enum import IntEnum
from typing import Final

__all__ = ["UNREADABLE", "Reason"]


class Reason(IntEnum):
    """Why a record is rejected; of several that hold, the first in this order is given.

    The value is a code for the engines.
    """

    NOT_ANIMAL = 1
    ABSENT = 2
    CAPTIVE = 3
    SPECIMEN = 4
    LICENCE = 5
    NO_COORDINATES = 6
    IMPOSSIBLE_COORDINATES = 7
    ZERO_COORDINATES = 8
    CENTRE = 9
    INSTITUTION = 10
    UNCERTAIN = 11
    YEAR = 12
    UNMATCHED = 13
    DUPLICATE = 14

    @property
    def words(self) -> str:
        """What people read."""
        return _WORDS[self]


_WORDS: Final = {
    Reason.NOT_ANIMAL: "not an animal",
    Reason.ABSENT: "absence",
    Reason.CAPTIVE: "captive",
    Reason.SPECIMEN: "fossil or specimen",
    Reason.LICENCE: "licence not allowed",
    Reason.NO_COORDINATES: "no coordinates",
    Reason.IMPOSSIBLE_COORDINATES: "impossible coordinates",
    Reason.ZERO_COORDINATES: "coordinates exactly 0, 0",
    Reason.CENTRE: "centre of a country or capital",
    Reason.INSTITUTION: "museum, garden or zoo",
    Reason.UNCERTAIN: "less certain than a cell is large",
    Reason.YEAR: "year outside the window",
    Reason.UNMATCHED: "unmatched name",
    Reason.DUPLICATE: "duplicate",
}

UNREADABLE: Final = "unreadable"
"""What is said of rows that no source could read."""
