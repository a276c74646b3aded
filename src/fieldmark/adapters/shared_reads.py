"""Reads through a cache that many processes share: of all who miss a key, one reads the store."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from fieldmark.adapters.cache_entry import MAX_VALUE_BYTES, Entry, pack, unpack
from fieldmark.adapters.cache_lot import Lot, Read
from fieldmark.adapters.cache_times import CacheTimes, Lifetime, Surroundings
from fieldmark.adapters.shared_locks import SharedLocks, lock_of
from fieldmark.domain.answer import Tier
from fieldmark.errors import AtlasBroken, FieldmarkError, ReleaseGone, Unavailable
from fieldmark.ports import Cache, Observer

__all__ = ["PART", "Check", "Errand", "SharedReads"]

PART: Final = "valkey"

Check = Callable[[str, bytes | None], object]
"""Raises AtlasBroken for a body that its key cannot hold."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is wanted of the cache, and what to do where it does not hold that.

    ``keep`` keeps what was read, where simply setting it is not right.
    """

    keys: Sequence[str]
    read: Read
    check: Check
    life: Lifetime
    keep: Callable[[Mapping[str, Entry]], None] | None = None


class SharedReads:
    """A cache elsewhere before something that answers for keys.

    A cache that does not answer is no error: then the store is asked, and nothing is kept.
    """

    def __init__(
        self, cache: Cache, times: CacheTimes, surroundings: Surroundings, observer: Observer
    ) -> None:
        self.cache = cache
        self.times = times
        self.surroundings = surroundings
        self.observer = observer
        self.locks = SharedLocks(cache, times, surroundings)

    def fetch(self, errand: Errand) -> Lot:
        """Return what the keys of the errand hold.

        Raises:
            ReleaseGone: so says ``read``.
            Unavailable: something is not in the cache, and whoever reads it got no answer in time.
        """
        return _Visit(self, errand).run()

    def set(self, entries: Mapping[str, Entry], kept_s: float) -> None:
        """Keep the entries, those aside that are too large.

        Raises:
            Unavailable: the cache did not take them.
        """
        values = {key: pack(entry, key) for key, entry in entries.items()}
        fitting = {k: value for k, value in values.items() if len(value) <= MAX_VALUE_BYTES}
        if fitting:
            self.cache.set_many(fitting, self.surroundings.about(kept_s, self.times.jitter))

    def entries(self, bodies: Mapping[str, bytes | None], life: Lifetime) -> dict[str, Entry]:
        """Return bodies that were read just now as entries of the cache.

        What is read together ages together: each time that something has aged wakes the store.
        """
        now_s = self.surroundings.clock()
        until_s = now_s + self.surroundings.about(life.fresh_s, self.times.jitter)
        return {key: Entry(body, now_s, until_s) for key, body in bodies.items()}


class _Visit:
    """One errand under way."""

    def __init__(self, reads: SharedReads, errand: Errand) -> None:
        self._reads = reads
        self._errand = errand
        self._started_s = reads.surroundings.clock()
        self._fresh: dict[str, Entry] = {}
        self._aged: dict[str, Entry] = {}
        self._void: set[str] = set()
        self._refused: set[str] = set()
        self._cache_answers = True
        self._asked_store = False
        self._stale = False

    def run(self) -> Lot:
        keys = self._errand.keys
        self._take(keys, self._get(keys))
        self._tell()
        wanted = [key for key in keys if key not in self._fresh]
        if wanted:
            self._wait_for(self._read_what_is_free(wanted))
        return self._lot()

    def _lot(self) -> Lot:
        entries = self._aged | self._fresh
        oldest_s = min((e.read_at_s for e in entries.values()), default=self._started_s)
        bodies = {key: entries[key].body for key in self._errand.keys}
        tier: Tier = "database" if self._asked_store else "valkey"
        return Lot(bodies, tier, max(0.0, self._started_s - oldest_s), self._stale)

    def _tell(self) -> None:
        misses = len(self._errand.keys) - len(self._fresh) - len(self._aged)
        self._reads.observer.event(
            "cache.read",
            part=PART,
            hits=len(self._fresh),
            aged=len(self._aged),
            misses=misses,
        )

    def _take(self, keys: Sequence[str], values: Mapping[str, bytes]) -> None:
        """Take the entries that are sound, each as fresh or as aged."""
        now_s = self._reads.surroundings.clock()
        for key in keys:
            entry = self._sound(key, values[key]) if key in values else None
            if entry is not None:
                (self._fresh if now_s < entry.until_s else self._aged)[key] = entry

    def _sound(self, key: str, value: bytes) -> Entry | None:
        entry = unpack(value, key)
        try:
            if entry is not None:
                self._errand.check(key, entry.body)
        except AtlasBroken:
            entry = None
        if entry is None:
            self._reads.observer.event("cache.damaged", part=PART, bytes=len(value))
        return entry

    def _read_what_is_free(self, keys: Sequence[str]) -> list[str]:
        """Read the keys that no other process reads; return those to wait for."""
        claimed = self._claim(keys)
        if claimed:
            self._read([key for key in keys if key in claimed])
        return [key for key in keys if not self._has(key)]

    def _read(self, mine: Sequence[str]) -> None:
        try:
            lot = self._errand.read(mine)
        except FieldmarkError as error:
            self._try(lambda: self._reads.locks.fail(mine))
            needed = any(key not in self._aged for key in mine)
            if needed or isinstance(error, ReleaseGone) or not isinstance(error, Unavailable):
                raise
            self._stale = True
            return
        self._asked_store = True
        life = self._errand.life
        entries = self._reads.entries(lot.bodies, life)
        self._fresh |= entries
        kept = entries | self._reads.entries(lot.beside, life)
        keep = self._errand.keep or (lambda read: self._reads.set(read, life.kept_s))
        self._try(lambda: keep(kept))
        self._try(lambda: self._reads.locks.done(mine))

    def _wait_for(self, missing: Sequence[str]) -> None:
        """Look again and again until others have read what is missing, or their locks lapse."""
        times, near = self._reads.times, self._reads.surroundings
        slept_s, pause_s = 0.0, times.first_pause_s
        hoped: set[str] = set()
        while missing:
            near.sleep(pause_s)
            slept_s, pause_s = slept_s + pause_s, min(2 * pause_s, times.longest_pause_s)
            missing = self._look_again(missing, hoped)
            if missing and max(slept_s, near.clock() - self._started_s) >= times.wait_s:
                raise Unavailable(
                    "the features of the area did not come in time: another process reads them"
                )

    def _look_again(self, missing: Sequence[str], hoped: set[str]) -> list[str]:
        """Take what has come, read what nobody reads (any more); return what is still missing."""
        locks = self._reads.locks
        # Locks first: where one says that the read is done, what was read is there.
        values = self._get([*map(lock_of, missing), *missing])
        self._take(missing, values)
        states = {key: locks.state(key, values) for key in missing if not self._has(key)}
        if any(state == "failed" and key in hoped for key, state in states.items()):
            raise Unavailable("the features database gave another process no answer")
        hoped |= {key for key, state in states.items() if state == "reading"}
        held = [key for key, state in states.items() if state in {"reading", "failed"}]
        free = [key for key in states if key not in held]
        # A lock that cannot be seen and yet cannot be taken twice is none: a value of another type.
        self._void |= {key for key in free if states[key] == "void" or key in self._refused}
        self._refused = set(free)
        return held + self._read_what_is_free(free)

    def _has(self, key: str) -> bool:
        return key in self._fresh or key in self._aged

    def _claim(self, keys: Sequence[str]) -> AbstractSet[str]:
        """Return those of the keys that nobody else reads; all where the cache does not answer."""
        if self._cache_answers and keys:
            locks, void = self._reads.locks, self._void.intersection(keys)
            try:
                locks.seize(void)
                return void | locks.claim(key for key in keys if key not in void)
            except Unavailable as error:
                self._without_cache(error)
        return set(keys)

    def _get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        if self._cache_answers:
            try:
                return self._reads.cache.get_many(keys)
            except Unavailable as error:
                self._without_cache(error)
        return {}

    def _try(self, work: Callable[[], None]) -> None:
        if self._cache_answers:
            try:
                work()
            except Unavailable as error:
                self._without_cache(error)

    def _without_cache(self, error: Unavailable) -> None:
        self._cache_answers = False
        self._reads.observer.event("cache.failed", part=PART, says=str(error))
