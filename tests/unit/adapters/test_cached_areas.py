"""Areas through a cache: read once, known to be old, never taken from a damaged entry."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest

from fakes import Clock, FakeAreas, FakeCache
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.errors import Unavailable
from fieldmark.ports import FoundAreas
from releases import ATLANTIC, KRUGER, KRUGER_RECORD, PACIFIC, RECORDS, RELEASE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> FakeAreas:
    return FakeAreas(RELEASE, dict(RECORDS))


@pytest.fixture
def cache(clock: Clock) -> FakeCache:
    return FakeCache(clock)


@pytest.fixture
def areas(store: FakeAreas, cache: FakeCache, clock: Clock) -> CachedAreas:
    return CachedAreas(store, cache, ttl_s=60.0, clock=clock)


def test_a_cell_is_read_once_and_then_comes_from_memory(
    areas: CachedAreas, store: FakeAreas, clock: Clock
) -> None:
    first = areas.areas([KRUGER])
    clock.now_s += 12.5
    second = areas.areas([KRUGER])

    assert (first.tier, first.age_s) == ("database", 0.0)
    assert (second.tier, second.age_s) == ("memory", 12.5)
    assert second.records == {KRUGER: KRUGER_RECORD}
    assert store.asked == [(KRUGER,)]


def test_only_what_is_missing_is_read(areas: CachedAreas, store: FakeAreas, clock: Clock) -> None:
    areas.areas([KRUGER])
    clock.now_s += 5.0

    both = areas.areas([KRUGER, ATLANTIC])

    assert store.asked == [(KRUGER,), (ATLANTIC,)]
    assert (both.tier, both.age_s) == ("database", 5.0)


def test_a_cell_that_is_not_there_is_remembered(areas: CachedAreas, store: FakeAreas) -> None:
    areas.areas([PACIFIC])
    again = areas.areas([PACIFIC])

    assert (again.records, again.tier) == ({}, "memory")
    assert store.asked == [(PACIFIC,)]


def test_an_old_entry_is_read_again(areas: CachedAreas, store: FakeAreas, clock: Clock) -> None:
    areas.areas([KRUGER])
    clock.now_s += 60.0

    assert areas.areas([KRUGER]).tier == "database"
    assert len(store.asked) == 2


def test_a_new_release_needs_no_flush(areas: CachedAreas, store: FakeAreas) -> None:
    areas.areas([KRUGER])
    store.said = replace(RELEASE, name="starter-2026.12")
    store.records[KRUGER] = RECORDS[ATLANTIC]

    assert areas.areas([KRUGER]).records == {KRUGER: RECORDS[ATLANTIC]}


@pytest.mark.parametrize("poison", [b"", b"\x00" * 40, b"pickle", KRUGER_RECORD])
def test_a_foreign_entry_is_a_miss(
    areas: CachedAreas, store: FakeAreas, cache: FakeCache, poison: bytes
) -> None:
    areas.areas([KRUGER])
    cache.set_many(dict.fromkeys(cache.entries, poison), ttl_s=60.0)

    assert areas.areas([KRUGER]).records == {KRUGER: KRUGER_RECORD}
    assert len(store.asked) == 2


def test_any_changed_byte_makes_an_entry_a_miss(areas: CachedAreas, cache: FakeCache) -> None:
    areas.areas([KRUGER])
    ((key, (_, good)),) = cache.entries.items()

    for position in range(len(good)):
        bad = good[:position] + bytes((good[position] ^ 0x41,)) + good[position + 1 :]
        cache.set_many({key: bad}, ttl_s=60.0)
        assert areas.areas([KRUGER]).tier == "database"


def test_an_entry_under_the_key_of_another_cell_is_a_miss(
    areas: CachedAreas, cache: FakeCache
) -> None:
    areas.areas([KRUGER, ATLANTIC])
    kruger, atlantic = sorted(cache.entries, key=lambda key: f"{KRUGER:x}" not in key)
    cache.entries[atlantic] = cache.entries[kruger]

    assert areas.areas([ATLANTIC]).records == {ATLANTIC: RECORDS[ATLANTIC]}


class SlowAreas(FakeAreas):
    """Answers when it is told to."""

    go: Event

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        found = FakeAreas.areas(self, cells, release)
        self.go.wait(5.0)
        return found


def test_threads_that_miss_together_read_once(cache: FakeCache, clock: Clock) -> None:
    store = SlowAreas(RELEASE, dict(RECORDS))
    store.go = Event()
    areas = CachedAreas(store, cache, clock=clock)
    together = Barrier(9)

    def ask() -> FoundAreas:
        together.wait()
        return areas.areas([KRUGER])

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        together.wait()
        store.go.set()
        found = [future.result() for future in asked]

    assert [answer.records for answer in found] == [{KRUGER: KRUGER_RECORD}] * 8
    assert store.asked == [(KRUGER,)]


def test_a_store_that_fails_is_asked_again_the_next_time(cache: FakeCache, clock: Clock) -> None:
    class Failing(FakeAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            if not self.asked:
                self.asked.append(tuple(cells))
                raise Unavailable("the database sleeps")
            return FakeAreas.areas(self, cells, release)

    areas = CachedAreas(Failing(RELEASE, dict(RECORDS)), cache, clock=clock)

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER])
    assert areas.areas([KRUGER]).records == {KRUGER: KRUGER_RECORD}
