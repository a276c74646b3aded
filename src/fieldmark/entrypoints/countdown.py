"""How long until an answer must have gone."""

import time
from collections.abc import Callable

__all__ = ["Countdown"]


class Countdown:
    """The seconds that are left; before the first start there is no end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end_s = float("inf")

    def start(self, seconds: float) -> None:
        """Begin anew."""
        self._end_s = self._clock() + seconds

    def shorten(self, seconds: float) -> None:
        """End so many seconds from now, if that is sooner."""
        self._end_s = min(self._end_s, self._clock() + seconds)

    def left_s(self) -> float:
        """Return the seconds that are left."""
        return self._end_s - self._clock()
