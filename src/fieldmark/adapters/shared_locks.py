"""Locks in a cache that processes share: who holds one reads the store for all.

A lock is not taken back but says what became of the read, and lapses. So one whose holder was
killed stands in nobody's way for long, a store that fails is not asked by one process after the
other, and who looked just before the value came does not read it again.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from fieldmark.adapters.cache_entry import Entry, pack, unpack
from fieldmark.adapters.cache_times import CacheTimes, Surroundings
from fieldmark.ports import Cache

__all__ = ["LockState", "SharedLocks", "lock_of"]

LockState = Literal["free", "reading", "failed", "void"]
"""``failed``: its holder got no answer; ``void``: something stands there, and nobody is reading."""

_READING: Final = b"reading"
_FAILED: Final = b"failed"
_DONE: Final = b"done"
_SKEW_S: Final = 5.0
"""So far the clocks of two machines may be apart."""


def lock_of(key: str) -> str:
    """Return the key of the lock."""
    return f"{key}/lock"


class SharedLocks:
    """The locks of keys in one cache; every method but ``state`` raises as ``ports.Cache`` does."""

    def __init__(self, cache: Cache, times: CacheTimes, surroundings: Surroundings) -> None:
        self._cache = cache
        self._times = times
        self._surroundings = surroundings

    def claim(self, keys: Iterable[str]) -> set[str]:
        """Take the locks that nobody holds and return their keys.

        Of many who ask for one at once, one gets it.
        """
        lock_s = self._times.lock_s
        keys_of = {lock_of(key): key for key in keys}
        wanted = {lock: self._value(lock, _READING, lock_s) for lock in keys_of}
        return {keys_of[lock] for lock in self._cache.add_many(wanted, lock_s)}

    def seize(self, keys: Iterable[str]) -> None:
        """Take the locks whatever stands there."""
        self._say(_READING, keys, self._times.lock_s)

    def done(self, keys: Iterable[str]) -> None:
        """Say that what the keys hold was kept: who does not find it there may read it."""
        self._say(_DONE, keys, self._times.lock_s)

    def fail(self, keys: Iterable[str]) -> None:
        """Say to those who wait that there was no answer, and lapse soon."""
        self._say(_FAILED, keys, self._times.retry_s)

    def state(self, key: str, values: Mapping[str, bytes]) -> LockState:
        """Return how the lock of the key stands, by what the cache holds."""
        lock = lock_of(key)
        if lock not in values:
            return "free"
        entry, now_s = unpack(values[lock], lock), self._surroundings.clock()
        latest_s = now_s + self._times.lock_s + _SKEW_S
        if entry is None or not now_s - _SKEW_S <= entry.until_s <= latest_s:
            return "void"
        if entry.body == _READING:
            return "reading"
        return "failed" if entry.body == _FAILED else "void"

    def _say(self, says: bytes, keys: Iterable[str], for_s: float) -> None:
        locks = map(lock_of, keys)
        self._cache.set_many({lock: self._value(lock, says, for_s) for lock in locks}, for_s)

    def _value(self, lock: str, says: bytes, for_s: float) -> bytes:
        now_s = self._surroundings.clock()
        return pack(Entry(says, now_s, now_s + for_s), lock)
