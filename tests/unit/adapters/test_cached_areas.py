"""Areas through memory: read once, known to be old, never taken from a damaged entry."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest

from animals import JAGUAR, LION
from fake_tiers import CountingAreas, still
from fakes import Clock, FakeAreas, FakeCache, Recorder
from fieldmark.adapters.cache_times import CacheTimes, Lifetime
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.errors import AtlasBroken, ReleaseGone, Unavailable
from fieldmark.ports import FoundAreas
from releases import ATLANTIC, KRUGER, KRUGER_RECORD, PACIFIC, RANGES, RECORDS, RELEASE, TAXA

TIMES = CacheTimes(
    feature=Lifetime(fresh_s=100.0, kept_s=1_000.0),
    pointer=Lifetime(fresh_s=60.0, kept_s=600.0),
    wait_s=5.0,
    retry_s=2.0,
)
NAME = RELEASE.name
NEXT = replace(RELEASE, name="starter-2026.12")
ASLEEP = Unavailable("the database sleeps")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> FakeAreas:
    return FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES))


@pytest.fixture
def store(fake: FakeAreas) -> CountingAreas:
    return CountingAreas(fake)


@pytest.fixture
def cache(clock: Clock) -> FakeCache:
    return FakeCache(clock)


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture
def areas(store: CountingAreas, cache: FakeCache, clock: Clock, observer: Recorder) -> CachedAreas:
    return CachedAreas(store, cache, observer, TIMES, still(clock))


def test_a_cell_is_read_once_and_then_comes_from_memory(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    first = areas.areas([KRUGER], NAME)
    clock.now_s += 12.5
    second = areas.areas([KRUGER], NAME)

    assert (first.tier, first.age_s) == ("database", 0.0)
    assert (second.tier, second.age_s, second.stale) == ("memory", 12.5, False)
    assert second.records == {KRUGER: KRUGER_RECORD}
    assert store.reads == [("areas", (KRUGER,))]


def test_only_what_is_missing_is_read(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 5.0

    both = areas.areas([KRUGER, ATLANTIC], NAME)

    assert store.cells_read() == [KRUGER, ATLANTIC]
    assert (both.tier, both.age_s) == ("database", 5.0)


def test_the_tier_is_the_outermost_that_had_everything(
    cache: FakeCache, clock: Clock, fake: FakeAreas
) -> None:
    class FromValkey(CountingAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            return replace(CountingAreas.areas(self, cells, release), tier="valkey", age_s=40.0)

    areas = CachedAreas(FromValkey(fake), cache, Recorder(), TIMES, still(clock))

    first = areas.areas([KRUGER], NAME)
    clock.now_s += 1.0
    second = areas.areas([KRUGER], NAME)

    assert (first.tier, first.age_s) == ("valkey", 40.0)
    assert (second.tier, second.age_s) == ("memory", 41.0)


def test_a_cell_that_is_not_there_is_remembered(areas: CachedAreas, store: CountingAreas) -> None:
    areas.areas([PACIFIC], NAME)
    again = areas.areas([PACIFIC], NAME)

    assert (again.records, again.tier) == ({}, "memory")
    assert store.cells_read() == [PACIFIC]


def test_what_has_aged_is_read_anew(areas: CachedAreas, store: CountingAreas, clock: Clock) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += TIMES.feature.fresh_s

    assert (areas.areas([KRUGER], NAME).tier, areas.areas([KRUGER], NAME).tier) == (
        "database",
        "memory",
    )
    assert store.cells_read() == [KRUGER, KRUGER]


def test_what_has_aged_beats_nothing(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    store.fault = ASLEEP

    found = areas.areas([KRUGER], NAME)

    assert (found.records, found.tier) == ({KRUGER: KRUGER_RECORD}, "memory")
    assert (found.age_s, found.stale) == (150.0, True)


def test_a_store_that_fails_is_not_asked_by_every_request(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    store.fault = ASLEEP
    stale = [areas.areas([KRUGER], NAME).stale for _ in range(3)]
    reads = len(store.reads)
    clock.now_s += TIMES.retry_s
    areas.areas([KRUGER], NAME)

    assert stale == [True, True, True]
    assert reads == 2
    assert len(store.reads) == 3


def test_once_the_store_answers_again_nothing_is_stale(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    store.fault = ASLEEP
    areas.areas([KRUGER], NAME)
    store.fault = None
    clock.now_s += TIMES.retry_s

    found = areas.areas([KRUGER], NAME)

    assert (found.tier, found.age_s, found.stale) == ("database", 0.0, False)


def test_what_is_stale_behind_is_stale_here_and_asked_for_again_soon(
    cache: FakeCache, clock: Clock, fake: FakeAreas
) -> None:
    class Stale(CountingAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            found = CountingAreas.areas(self, cells, release)
            return replace(found, tier="valkey", age_s=500.0, stale=True)

    store = Stale(fake)
    areas = CachedAreas(store, cache, Recorder(), TIMES, still(clock))

    first, second = areas.areas([KRUGER], NAME), areas.areas([KRUGER], NAME)
    clock.now_s += TIMES.retry_s
    areas.areas([KRUGER], NAME)

    assert (first.stale, second.stale) == (True, True)
    assert (first.tier, second.tier) == ("valkey", "memory")
    assert len(store.reads) == 2


def test_what_is_too_old_is_gone(areas: CachedAreas, store: CountingAreas, clock: Clock) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += TIMES.feature.kept_s
    store.fault = ASLEEP

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER], NAME)


def test_what_is_not_there_at_all_is_not_made_up(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    store.fault = ASLEEP

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER, ATLANTIC], NAME)


@pytest.mark.parametrize("poison", [b"", b"\x00" * 40, b"pickle", KRUGER_RECORD])
def test_a_foreign_entry_is_a_miss(
    areas: CachedAreas, store: CountingAreas, cache: FakeCache, poison: bytes
) -> None:
    areas.areas([KRUGER], NAME)
    cache.set_many(dict.fromkeys(cache.entries, poison), ttl_s=60.0)

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
    assert store.cells_read() == [KRUGER, KRUGER]


def test_a_new_release_needs_no_flush(areas: CachedAreas, fake: FakeAreas, clock: Clock) -> None:
    areas.areas([KRUGER])
    fake.said = NEXT
    fake.records[KRUGER] = RECORDS[ATLANTIC]
    clock.now_s += TIMES.pointer.fresh_s

    assert areas.areas([KRUGER]).records == {KRUGER: RECORDS[ATLANTIC]}


def test_the_release_in_use_is_asked_for_once_a_minute(
    areas: CachedAreas, store: CountingAreas, fake: FakeAreas, clock: Clock
) -> None:
    names = [areas.release().name]
    fake.said = NEXT
    clock.now_s += 59.0
    names.append(areas.release().name)
    clock.now_s += 1.0
    names.append(areas.release().name)

    assert names == [NAME, NAME, NEXT.name]
    assert store.reads == [("release", ()), ("release", ())]


def test_the_release_that_was_in_use_beats_none(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.release()
    store.fault = ASLEEP
    clock.now_s += 300.0

    names = {areas.release().name for _ in range(3)}

    assert names == {NAME}
    assert len(store.reads) == 2


def test_a_release_that_nobody_told_of_for_long_is_not_in_use(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.release()
    store.fault = ASLEEP
    clock.now_s += TIMES.pointer.kept_s

    with pytest.raises(Unavailable, match="sleeps"):
        areas.release()


def test_a_broken_atlas_is_no_reason_to_go_on_with_the_one_before(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.release()
    store.fault = AtlasBroken("there is none")
    clock.now_s += 60.0

    with pytest.raises(AtlasBroken):
        areas.release()


def test_a_release_that_is_gone_is_not_in_use_for_the_next_request(
    areas: CachedAreas, store: CountingAreas, fake: FakeAreas
) -> None:
    areas.release()
    fake.said = NEXT

    with pytest.raises(ReleaseGone):
        areas.areas([KRUGER], NAME)
    assert areas.release().name == NEXT.name
    assert len(store.reads) == 3


def test_another_release_that_is_gone_leaves_the_one_in_use_alone(
    areas: CachedAreas, store: CountingAreas
) -> None:
    areas.release()

    with pytest.raises(ReleaseGone):
        areas.taxa([LION.id], "starter-1999.01")
    areas.release()

    assert [what for what, _ in store.reads] == ["release", "taxa"]


def test_a_release_that_is_gone_is_not_served_stale(
    areas: CachedAreas, fake: FakeAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    fake.said = NEXT

    with pytest.raises(ReleaseGone):
        areas.areas([KRUGER], NAME)


def test_the_names_of_taxa_are_read_once(areas: CachedAreas, store: CountingAreas) -> None:
    areas.taxa([LION.id], NAME)
    both = areas.taxa([LION.id, JAGUAR.id], NAME)
    again = areas.taxa(iter([JAGUAR.id, LION.id]), NAME)

    assert both == again == TAXA
    assert store.reads == [("taxa", (LION.id,)), ("taxa", (JAGUAR.id,))]


def test_the_names_of_two_releases_are_held_and_no_more(
    areas: CachedAreas, store: CountingAreas, fake: FakeAreas
) -> None:
    for name in ("a", "b", "a", "c", "b", "a"):
        fake.said = replace(RELEASE, name=name)
        areas.taxa([LION.id], name)

    assert len(store.reads) == 4


def test_a_range_is_read_once(areas: CachedAreas, store: CountingAreas) -> None:
    first, second = areas.range_of(JAGUAR.id, NAME), areas.range_of(JAGUAR.id, NAME)

    assert first == second == RANGES[JAGUAR.id]
    assert store.reads == [("range", (JAGUAR.id,))]


@pytest.mark.parametrize("known", [None, {}])
def test_no_range_and_an_unknown_one_are_remembered_apart(
    areas: CachedAreas, store: CountingAreas, fake: FakeAreas, known: dict[int, int] | None
) -> None:
    del fake.ranges[LION.id]
    if known is not None:
        fake.ranges[LION.id] = known

    assert [areas.range_of(LION.id, NAME) for _ in range(2)] == [known, known]
    assert len(store.reads) == 1


def test_hits_and_misses_are_told_together(areas: CachedAreas, observer: Recorder) -> None:
    areas.areas([KRUGER], NAME)
    areas.areas([KRUGER], NAME)
    areas.areas([KRUGER, ATLANTIC], NAME)

    assert observer.events == [
        ("cache.read", {"part": "memory", "hits": 0, "aged": 0, "misses": 1}),
        ("cache.read", {"part": "memory", "hits": 2, "aged": 0, "misses": 1}),
    ]


def test_threads_that_miss_together_read_once(areas: CachedAreas, store: CountingAreas) -> None:
    together, go = Barrier(9), Event()
    store.before = lambda: go.wait(5.0)

    def ask() -> FoundAreas:
        together.wait()
        return areas.areas([KRUGER], NAME)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        together.wait()
        go.set()
        found = [future.result() for future in asked]

    assert [answer.records for answer in found] == [{KRUGER: KRUGER_RECORD}] * 8
    assert store.cells_read() == [KRUGER]


def test_while_one_thread_reads_what_has_aged_the_others_take_it_as_it_is(
    areas: CachedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    reading, go = Event(), Event()

    def hold() -> None:
        reading.set()
        go.wait(5.0)

    store.before = hold
    with ThreadPoolExecutor(1) as pool:
        one = pool.submit(areas.areas, [KRUGER], NAME)
        reading.wait(5.0)
        others = [areas.areas([KRUGER], NAME) for _ in range(3)]
        go.set()

        assert [(found.tier, found.age_s, found.stale) for found in others] == [
            ("memory", 150.0, False)
        ] * 3
        assert one.result().tier == "database"
    assert store.cells_read() == [KRUGER, KRUGER]


def test_nobody_waits_for_another_thread_without_end(
    store: CountingAreas, cache: FakeCache, clock: Clock
) -> None:
    areas = CachedAreas(store, cache, Recorder(), replace(TIMES, wait_s=0.02), still(clock))
    reading, go = Event(), Event()

    def hold() -> None:
        reading.set()
        go.wait(5.0)

    store.before = hold
    with ThreadPoolExecutor(1) as pool:
        one = pool.submit(areas.areas, [KRUGER], NAME)
        reading.wait(5.0)
        with pytest.raises(Unavailable, match="in time"):
            areas.areas([KRUGER], NAME)
        go.set()
        one.result()


def test_who_looked_before_and_reads_after_another_thread_kept_it_reads_nothing(
    store: CountingAreas, clock: Clock
) -> None:
    class Late(FakeCache):
        """The first look misses what another thread is just about to keep."""

        def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
            found = dict(FakeCache.get_many(self, keys))
            if self.blind:
                self.blind = False
                return {}
            return found

        blind = False

    cache = Late(clock)
    areas = CachedAreas(store, cache, Recorder(), TIMES, still(clock))
    areas.areas([KRUGER], NAME)
    cache.blind = True

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
    assert store.cells_read() == [KRUGER]


def test_a_store_that_fails_is_asked_again_the_next_time(
    areas: CachedAreas, store: CountingAreas
) -> None:
    store.fault = ASLEEP
    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER], NAME)
    store.fault = None

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
