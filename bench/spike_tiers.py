"""The tiers of the spike: as the service composes them, and with one thing left out."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal, TypeVar
from unittest.mock import patch

from fieldmark import compose
from fieldmark.adapters import memory_reads
from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cache_times import IN_MEMORY, SHARED
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.valkey_cache import Address, Node, ValkeyCache
from fieldmark.ports import AreaStore, Cache, Observer
from fieldmark.settings import CacheUrl, DatabaseUrl, Settings

__all__ = ["Place", "Tiers", "areas", "settings_of"]

T = TypeVar("T")

Tiers = Literal["as they are", "unhurried", "no single flight", "no cache"]
"""``unhurried``: no time is up, so that on a machine that is busy the counts are still exact."""

_LOCK = "/lock"
_MEMORY_BYTES = 32 * 1024**2
_LONG_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers are; ``held`` says whether connections may be held for some seconds."""

    database_url: str
    cache_url: str
    held: bool


def settings_of(place: Place) -> Settings:
    """Return the settings of a process of the service."""
    return Settings(
        atlas=DatabaseUrl.parse(place.database_url),
        cache=CacheUrl.parse(place.cache_url),
        journal=None,
    )


def areas(place: Place, tiers: Tiers, heard_by: Observer) -> AreaStore:
    """Return the areas of that place through the tiers."""
    settings = settings_of(place)
    match tiers:
        case "as they are":
            return compose.area_store(settings, heard_by, held=place.held)
        case "unhurried":
            return _unhurried(place, heard_by)
        case "no single flight":
            return _no_single_flight(place, heard_by)
        case "no cache":
            return BoundedAreas(
                compose.atlas(settings, held=place.held), settings.db_reads, heard_by
            )


def _unhurried(place: Place, heard_by: Observer) -> AreaStore:
    settings = settings_of(place)
    url = CacheUrl.parse(place.cache_url)
    cache = ValkeyCache(Address(Node(url.host, url.port), url.tls, url.ca), _LONG_S)
    store = compose.patient_areas(settings, DatabaseUrl.parse(place.database_url))
    bounded = BoundedAreas(store, settings.db_reads, heard_by, wait_s=_LONG_S)
    shared = SharedAreas(bounded, cache, heard_by, replace(SHARED, wait_s=_LONG_S, lock_s=_LONG_S))
    return CachedAreas(
        shared, MemoryCache(_MEMORY_BYTES), heard_by, replace(IN_MEMORY, wait_s=_LONG_S)
    )


def _no_single_flight(place: Place, heard_by: Observer) -> AreaStore:
    settings = settings_of(place)
    cache = compose.cache(settings, heard_by)
    if cache is None:
        raise ValueError("the settings name no cache")
    bounded = BoundedAreas(compose.atlas(settings, held=place.held), settings.db_reads, heard_by)
    shared = SharedAreas(bounded, _EachMayRead(cache), heard_by)
    with patch.object(memory_reads, "SingleFlight", _EachForItself):
        return CachedAreas(shared, MemoryCache(_MEMORY_BYTES), heard_by)


class _EachForItself:
    """What SingleFlight would be without its point: every thread fetches what it misses."""

    def __init__(self, wait_s: float) -> None:
        del wait_s

    def fetch(
        self,
        keys: Iterable[str],
        fetch: Callable[[list[str]], Mapping[str, T]],
        spare: Collection[str] = (),
    ) -> dict[str, T]:
        """Return what ``fetch`` finds for the keys."""
        del spare
        return dict(fetch(list(keys)))


class _EachMayRead:
    """See ports.Cache. No lock is kept: whoever asks for one is told that it is theirs."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See ports.Cache."""
        return self._cache.get_many(keys)

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """See ports.Cache."""
        others = {key: value for key, value in entries.items() if not key.endswith(_LOCK)}
        if others:
            self._cache.set_many(others, ttl_s)

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        """See ports.Cache."""
        locks = {key for key in entries if key.endswith(_LOCK)}
        others = {key: value for key, value in entries.items() if key not in locks}
        return locks | self._cache.add_many(others, ttl_s) if others else locks

    def close(self) -> None:
        """See ports.Cache."""
        self._cache.close()
