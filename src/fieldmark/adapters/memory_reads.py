"""Reads through the cache of this process: what was read lately is not read again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fieldmark.adapters.cache_entry import Entry, pack, unpack
from fieldmark.adapters.cache_lot import Lot, Read, deepest
from fieldmark.adapters.cache_times import CacheTimes, Surroundings
from fieldmark.adapters.hit_tally import HitTally
from fieldmark.adapters.single_flight import SingleFlight
from fieldmark.domain.answer import Tier
from fieldmark.errors import ReleaseGone, Unavailable
from fieldmark.ports import Cache, Observer

__all__ = ["MemoryReads"]


class _Flown(NamedTuple):
    """An entry and the tier that it came from."""

    entry: Entry
    tier: Tier


class MemoryReads:
    """A cache in this process before something that answers for keys.

    Threads that miss a key at once ask for it once. What has aged is asked for by one of them; the
    others take it as it is, and so does that one where nobody answers.
    """

    def __init__(
        self, cache: Cache, times: CacheTimes, surroundings: Surroundings, observer: Observer
    ) -> None:
        self._cache = cache
        self._times = times
        self._surroundings = surroundings
        self._tally = HitTally("memory", observer)
        self._flights: SingleFlight[str, _Flown] = SingleFlight(times.wait_s)

    def fetch(self, keys: Sequence[str], read: Read) -> Lot:
        """Return what the keys hold: what is fresh here from here, the rest by ``read``.

        Raises:
            ReleaseGone: so says ``read``.
            Unavailable: something is not here and ``read`` did not answer.
        """
        now_s = self._surroundings.clock()
        held = self._held(keys)
        fresh = {key: entry for key, entry in held.items() if now_s < entry.until_s}
        if len(fresh) == len(keys):
            self._tally.hit(len(fresh))
            return _lot(fresh, "memory", now_s)
        self._tally.missed(len(fresh), len(held) - len(fresh), len(keys) - len(held))
        aged = {key: entry for key, entry in held.items() if key not in fresh}
        wanted = [key for key in keys if key not in fresh]
        try:
            flown = self._flights.fetch(wanted, lambda mine: self._read(mine, aged, read), aged)
        except Unavailable as error:
            if isinstance(error, ReleaseGone) or len(aged) < len(wanted):
                raise
            return _lot(fresh | self._put_off(aged), "memory", now_s)
        tier: Tier = "memory"
        for one in flown.values():
            tier = deepest(tier, one.tier)
        entries = held | {key: one.entry for key, one in flown.items()}
        return _lot(entries, tier, now_s)

    def close(self) -> None:
        """Forget everything."""
        self._cache.close()

    def _held(self, keys: Sequence[str]) -> dict[str, Entry]:
        values = self._cache.get_many(keys)
        entries = ((key, unpack(value, key)) for key, value in values.items())
        return {key: entry for key, entry in entries if entry is not None}

    def _read(self, mine: list[str], aged: Mapping[str, Entry], read: Read) -> Mapping[str, _Flown]:
        landed = self._landed_meanwhile(mine, aged)
        wanted = [key for key in mine if key not in landed]
        if not wanted:
            return landed
        lot = read(wanted)
        now_s = self._surroundings.clock()
        life = self._times.feature
        fresh_s = self._times.retry_s if lot.stale else life.fresh_s
        until_s = now_s + self._surroundings.about(fresh_s, self._times.jitter)
        entries = {
            key: Entry(body, now_s - lot.age_s, until_s, lot.stale)
            for key, body in lot.bodies.items()
        }
        self._keep(entries, life.kept_s)
        return landed | {key: _Flown(entry, lot.tier) for key, entry in entries.items()}

    def _landed_meanwhile(
        self, mine: Iterable[str], aged: Mapping[str, Entry]
    ) -> dict[str, _Flown]:
        """Return what another thread kept between this one's look and its turn to read."""
        held = self._held([key for key in mine if key not in aged])
        return {key: _Flown(entry, "memory") for key, entry in held.items()}

    def _put_off(self, aged: Mapping[str, Entry]) -> dict[str, Entry]:
        """Keep what has aged for a moment, so that not every request asks a store that fails."""
        until_s = self._surroundings.clock() + self._times.retry_s
        stale = {key: entry._replace(until_s=until_s, stale=True) for key, entry in aged.items()}
        self._keep(stale, self._times.feature.kept_s)
        return stale

    def _keep(self, entries: Mapping[str, Entry], kept_s: float) -> None:
        values = {key: pack(entry, key) for key, entry in entries.items()}
        self._cache.set_many(values, self._surroundings.about(kept_s, self._times.jitter))


def _lot(entries: Mapping[str, Entry], tier: Tier, now_s: float) -> Lot:
    oldest_s = min((entry.read_at_s for entry in entries.values()), default=now_s)
    return Lot(
        {key: entry.body for key, entry in entries.items()},
        tier,
        max(0.0, now_s - oldest_s),
        any(entry.stale for entry in entries.values()),
    )
