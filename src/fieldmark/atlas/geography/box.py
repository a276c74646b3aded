"""A clip in degrees; it may cross the antimeridian."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box"]


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees north and east; ``west`` above ``east`` crosses the antimeridian.

    Raises:
        ValueError: a side is no number of its range, or south is not below north.
    """

    south: float = -90.0
    west: float = -180.0
    north: float = 90.0
    east: float = 180.0

    def __post_init__(self) -> None:
        for side, limit in (("south", 90), ("west", 180), ("north", 90), ("east", 180)):
            value = getattr(self, side)
            if not (math.isfinite(value) and -limit <= value <= limit):
                raise ValueError(f"{side} is {value!r}; it must lie between {-limit} and {limit}")
        if self.south >= self.north:
            raise ValueError(f"south is {self.south:g} and north {self.north:g}: nothing between")

    @classmethod
    def read(cls, south: str, west: str, north: str, east: str) -> Self:
        """Return the box of four cells of a table; an empty one leaves that side open."""
        written = {"south": south, "west": west, "north": north, "east": east}
        return cls(**{side: float(text) for side, text in written.items() if text.strip()})

    def widened(self, margin_deg: float) -> Self:
        """Return the box with that margin on every side, as far as the earth goes."""
        return type(self)(
            max(-90.0, self.south - margin_deg),
            max(-180.0, self.west - margin_deg),
            min(90.0, self.north + margin_deg),
            min(180.0, self.east + margin_deg),
        )

    def holds(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Tell of each place whether it lies inside, edges included."""
        east_of, west_of = longitude >= self.west, longitude <= self.east
        between = east_of & west_of if self.west <= self.east else east_of | west_of
        return np.asarray((latitude >= self.south) & (latitude <= self.north) & between)
