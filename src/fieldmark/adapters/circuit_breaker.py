"""A circuit breaker: what failed lately is not asked again until it has had time to recover."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeVar

from fieldmark.errors import Full, NotPublished, ReleaseGone, Unavailable, Waking
from fieldmark.ports import Cache, Observer

__all__ = ["BreakerRules", "CircuitBreaker", "GuardedCache"]

T = TypeVar("T")

_ANSWERED: Final = (Full, NotPublished, ReleaseGone)
"""Errors of one that is up: it said no."""


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens, and for how long.

    One failure that cost ``slow_s`` or more opens it, or ``quick_failures`` cheaper ones in a row.
    It stays open for ``first_pause_s``, and twice as long after each trial that fails, up to
    ``longest_pause_s``; each pause is drawn within a quarter of that, so that processes which saw
    one fault do not come back at one moment.
    """

    slow_s: float = 0.1
    quick_failures: int = 3
    first_pause_s: float = 0.5
    longest_pause_s: float = 15.0


class CircuitBreaker:
    """Lets calls through while they succeed; threads may share it.

    Closed, all calls pass. Open, none does: each raises ``Unavailable`` at once. When the pause is
    over one call passes as a trial, and the next pause begins with it: success closes, failure or
    silence leaves it open. One that wakes is not left alone, since trying is what wakes it: one
    call at a time passes until it is awake. ``name`` says what it stands before, in its error and
    in the events ``breaker.opened`` and ``breaker.closed``; ``chance`` draws from 0 to 1.
    """

    def __init__(
        self,
        name: str,
        rules: BreakerRules | None = None,
        observer: Observer | None = None,
        clock: Callable[[], float] = monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._rules = rules or BreakerRules()
        self._observer = observer
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._failures = 0
        self._openings = 0
        self._pause_s = 0.0
        self._trial_at_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds calls back, those of trials aside."""
        return self._trial_at_s is not None

    def call(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, or do not call it.

        Only ``Unavailable`` counts as a failure, and not where the other side is up and said no.

        Raises:
            Unavailable: the breaker is open.
        """
        started_s = self._clock()
        opening = self._enter(started_s)
        try:
            result = work()
        except _ANSWERED:
            self._succeeded(opening)
            raise
        except Waking as error:
            self._wakes(opening, str(error))
            raise
        except Unavailable as error:
            self._failed(opening, self._clock() - started_s, str(error))
            raise
        self._succeeded(opening)
        return result

    def _enter(self, now_s: float) -> int:
        """Return the number of the opening that a call starts under."""
        with self._lock:
            if self._trial_at_s is not None:
                if now_s < self._trial_at_s:
                    raise Unavailable(
                        f"{self._name} failed lately and is left alone for "
                        f"{self._trial_at_s - now_s:.1f} s"
                    )
                self._pause(now_s)
            return self._openings

    def _pause(self, now_s: float) -> None:
        """Begin a pause, twice as long as the last; whoever has started before has no more say."""
        rules = self._rules
        self._pause_s = min(rules.longest_pause_s, 2 * self._pause_s or rules.first_pause_s)
        self._trial_at_s = now_s + self._pause_s * (0.75 + 0.5 * self._chance())
        self._openings += 1

    def _wakes(self, opening: int, why: str) -> None:
        """Open without a pause: one call after the other passes as a trial, and never two."""
        with self._lock:
            if opening != self._openings:
                return
            was_open = self._trial_at_s is not None
            self._pause_s, self._trial_at_s = 0.0, self._clock()
            self._openings += 1
        if not was_open:
            self._tell("breaker.opened", why=why)

    def _failed(self, opening: int, cost_s: float, why: str) -> None:
        with self._lock:
            if opening != self._openings or self._trial_at_s is not None:
                return
            self._failures += 1
            if cost_s < self._rules.slow_s and self._failures < self._rules.quick_failures:
                return
            self._pause(self._clock())
        self._tell("breaker.opened", why=why)

    def _succeeded(self, opening: int) -> None:
        with self._lock:
            if opening != self._openings:
                return
            self._failures = 0
            self._pause_s = 0.0
            was_open, self._trial_at_s = self._trial_at_s is not None, None
        if was_open:
            self._tell("breaker.closed")

    def _tell(self, name: str, **fields: str) -> None:
        if self._observer is not None:
            self._observer.event(name, part=self._name, **fields)


class GuardedCache:
    """A ports.Cache behind a breaker; see ports.Cache."""

    def __init__(self, cache: Cache, breaker: CircuitBreaker) -> None:
        self._cache = cache
        self._breaker = breaker

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See ports.Cache."""
        if not keys:
            return {}
        return self._breaker.call(lambda: self._cache.get_many(keys))

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """See ports.Cache."""
        if entries:
            self._breaker.call(lambda: self._cache.set_many(entries, ttl_s))

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        """See ports.Cache."""
        if not entries:
            return frozenset()
        return self._breaker.call(lambda: self._cache.add_many(entries, ttl_s))

    def close(self) -> None:
        """See ports.Cache."""
        self._cache.close()
