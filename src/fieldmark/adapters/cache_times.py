"""How long what is cached counts, and how long who misses something waits for it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["IN_MEMORY", "SHARED", "CacheTimes", "Lifetime", "Surroundings"]

_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S


@dataclass(frozen=True, slots=True)
class Lifetime:
    """For ``fresh_s`` an entry is served; then one asks anew, and it serves until that is done.

    After ``kept_s`` it is gone.
    """

    fresh_s: float
    kept_s: float

    def __post_init__(self) -> None:
        if not 0.0 < self.fresh_s <= self.kept_s:
            raise ValueError(f"an entry is fresh for {self.fresh_s} s of {self.kept_s} s")


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """The times of one tier.

    ``feature`` is the life of what a release holds, which never changes; ``pointer`` that of which
    release is in use. Each life is drawn within ``jitter`` of that, so that what was read at one
    moment does not lapse at one moment.

    ``wait_s`` is the longest that a request waits for what another one is reading. Who reads for
    all holds a lock for ``lock_s``: slightly more than a read may take, since nobody takes it back.
    ``retry_s`` passes after a read that failed before the next one.
    """

    feature: Lifetime
    pointer: Lifetime
    wait_s: float = 0.3
    lock_s: float = 0.7
    retry_s: float = 0.1
    first_pause_s: float = 0.002
    longest_pause_s: float = 0.032
    jitter: float = 0.15

    def __post_init__(self) -> None:
        if not 0.0 <= self.jitter < 1.0:
            raise ValueError(f"jitter is {self.jitter}; it must be at least 0 and below 1")


IN_MEMORY: Final = CacheTimes(
    feature=Lifetime(fresh_s=6 * _HOUR_S, kept_s=_DAY_S),
    pointer=Lifetime(fresh_s=60.0, kept_s=_DAY_S),
    wait_s=0.8,
    retry_s=1.0,
)
"""``wait_s`` is longer than what stands behind may take: that gives up first, and says why."""

SHARED: Final = CacheTimes(
    feature=Lifetime(fresh_s=14 * _DAY_S, kept_s=26 * _DAY_S),
    pointer=Lifetime(fresh_s=_DAY_S, kept_s=26 * _DAY_S),
)
"""Two weeks: whatever lapses wakes a database that sleeps, and what it says has not changed."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time and chance; ``clock`` tells Unix seconds, ``chance`` draws from 0 to 1."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)

    def about(self, span_s: float, jitter: float) -> float:
        """Return a span within that share of the one given."""
        return span_s * (1.0 + jitter * (2.0 * self.chance() - 1.0))
