"""Areas through a shared cache: one process reads for all, and nothing there is trusted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from animals import AXOLOTL, JAGUAR, LION, cell_record
from fake_tiers import CountingAreas, FailingCache, HidingCache, Steps, still
from fakes import Clock, FakeAreas, Recorder
from fieldmark.adapters.cache_entry import MAX_VALUE_BYTES, Entry, pack, unpack
from fieldmark.adapters.cache_times import CacheTimes, Lifetime, Surroundings
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.shared_keys import key_of_area, key_of_block, key_of_range
from fieldmark.adapters.shared_locks import SharedLocks, lock_of
from fieldmark.atlas_format import pack_record, pack_taxa
from fieldmark.errors import AtlasBroken, ReleaseGone, Unavailable, Waking
from releases import (
    ATLANTIC,
    ATLANTIC_RECORD,
    KRUGER,
    KRUGER_RECORD,
    PACIFIC,
    RANGES,
    RECORDS,
    RELEASE,
    TAXA,
)

TIMES = CacheTimes(
    feature=Lifetime(fresh_s=100.0, kept_s=1_000.0), pointer=Lifetime(fresh_s=50.0, kept_s=500.0)
)
NAME = RELEASE.name
KEY = key_of_area(NAME, KRUGER)
ASLEEP = Unavailable("the database sleeps")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def steps(clock: Clock) -> Steps:
    return Steps(clock)


@pytest.fixture
def fake() -> FakeAreas:
    return FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES))


@pytest.fixture
def store(fake: FakeAreas) -> CountingAreas:
    return CountingAreas(fake)


@pytest.fixture
def cache(clock: Clock) -> FailingCache:
    return FailingCache(clock)


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture
def process(
    store: CountingAreas, cache: FailingCache, clock: Clock, steps: Steps, observer: Recorder
) -> Callable[[], SharedAreas]:
    """Return what makes one more process at the same cache and the same store."""
    return lambda: SharedAreas(store, cache, observer, TIMES, still(clock, steps))


@pytest.fixture
def areas(process: Callable[[], SharedAreas]) -> SharedAreas:
    return process()


@pytest.fixture
def other(cache: FailingCache, clock: Clock) -> SharedLocks:
    """Return the locks as another process takes them."""
    return SharedLocks(cache, TIMES, still(clock))


def lay_down(cache: FailingCache, key: str, body: bytes | None) -> None:
    """Keep a value whose form is right, as another process or a stranger does."""
    now_s = cache.clock.now_s
    cache.set_many({key: pack(Entry(body, now_s, now_s + 1e6), key)}, 1e6)


def test_what_one_process_read_another_finds_in_the_cache(
    process: Callable[[], SharedAreas], store: CountingAreas, clock: Clock
) -> None:
    first = process().areas([KRUGER, PACIFIC], NAME)
    clock.now_s += 20.0
    second = process().areas([KRUGER, PACIFIC], NAME)

    assert (first.tier, first.age_s) == ("database", 0.0)
    assert (second.tier, second.age_s, second.stale) == ("valkey", 20.0, False)
    assert first.records == second.records == {KRUGER: KRUGER_RECORD}
    assert store.cells_read() == [KRUGER, PACIFIC]


def test_what_came_along_is_kept_for_whoever_asks_next(
    process: Callable[[], SharedAreas], store: CountingAreas, fake: FakeAreas
) -> None:
    fake.beside = {ATLANTIC: ATLANTIC_RECORD}

    first = process().areas([KRUGER], NAME)
    second = process().areas([ATLANTIC], NAME)

    assert first.records == {KRUGER: KRUGER_RECORD}
    assert (second.tier, second.records) == ("valkey", {ATLANTIC: ATLANTIC_RECORD})
    assert store.cells_read() == [KRUGER]


def test_only_what_is_missing_is_read_from_the_store(
    areas: SharedAreas, store: CountingAreas
) -> None:
    areas.areas([KRUGER], NAME)
    both = areas.areas([KRUGER, ATLANTIC], NAME)

    assert (both.tier, store.cells_read()) == ("database", [KRUGER, ATLANTIC])


def test_who_misses_what_another_process_reads_waits_for_it(
    areas: SharedAreas, store: CountingAreas, cache: FailingCache, other: SharedLocks, steps: Steps
) -> None:
    other.claim([KEY])

    def meanwhile() -> None:
        if len(steps.slept_s) == 3:
            lay_down(cache, KEY, KRUGER_RECORD)

    steps.meanwhile = meanwhile
    found = areas.areas([KRUGER], NAME)

    assert (found.records, found.tier) == ({KRUGER: KRUGER_RECORD}, "valkey")
    assert steps.slept_s == [0.002, 0.004, 0.008]
    assert store.reads == []


def test_who_waits_still_reads_what_nobody_else_does(
    areas: SharedAreas, store: CountingAreas, cache: FailingCache, other: SharedLocks, steps: Steps
) -> None:
    other.claim([KEY])
    steps.meanwhile = lambda: lay_down(cache, KEY, KRUGER_RECORD)

    found = areas.areas([KRUGER, ATLANTIC], NAME)

    assert (found.records, found.tier) == (RECORDS, "database")
    assert store.cells_read() == [ATLANTIC]


def test_nobody_waits_for_longer_than_there_is_time(
    areas: SharedAreas, store: CountingAreas, other: SharedLocks, steps: Steps
) -> None:
    other.claim([KEY])

    with pytest.raises(Unavailable, match="another process"):
        areas.areas([KRUGER], NAME)

    assert TIMES.wait_s <= sum(steps.slept_s) < TIMES.wait_s + TIMES.longest_pause_s
    assert max(steps.slept_s) == TIMES.longest_pause_s
    assert store.reads == []


def test_where_a_clock_stands_still_nobody_waits_without_end(
    store: CountingAreas, cache: FailingCache, clock: Clock, other: SharedLocks
) -> None:
    areas = SharedAreas(store, cache, Recorder(), TIMES, still(clock, lambda _: None))
    other.claim([KEY])

    with pytest.raises(Unavailable, match="another process"):
        areas.areas([KRUGER], NAME)


def test_what_a_killed_process_was_reading_is_read_once_its_lock_lapses(
    store: CountingAreas, cache: FailingCache, clock: Clock, steps: Steps
) -> None:
    times = replace(TIMES, lock_s=0.1)
    areas = SharedAreas(store, cache, Recorder(), times, still(clock, steps))
    SharedLocks(cache, times, still(clock)).claim([KEY])

    found = areas.areas([KRUGER], NAME)

    assert found.records == {KRUGER: KRUGER_RECORD}
    assert 0.1 <= sum(steps.slept_s) < 0.2


def test_who_waits_for_a_process_that_gets_no_answer_gives_up_with_it(
    areas: SharedAreas, store: CountingAreas, other: SharedLocks, steps: Steps
) -> None:
    other.claim([KEY])

    def meanwhile() -> None:
        if len(steps.slept_s) == 2:
            other.fail([KEY])

    steps.meanwhile = meanwhile
    with pytest.raises(Unavailable, match="no answer"):
        areas.areas([KRUGER], NAME)

    assert len(steps.slept_s) == 2
    assert store.reads == []


def test_after_a_read_that_failed_the_next_waits_a_moment_and_then_tries(
    process: Callable[[], SharedAreas], store: CountingAreas, steps: Steps
) -> None:
    store.fault = Waking("the database is waking up")
    with pytest.raises(Waking):
        process().areas([KRUGER], NAME)
    assert steps.slept_s == []
    store.fault = None

    found = process().areas([KRUGER], NAME)

    assert found.records == {KRUGER: KRUGER_RECORD}
    assert TIMES.retry_s <= sum(steps.slept_s) < TIMES.wait_s


def test_who_looked_just_before_the_value_came_does_not_read_it_again(
    store: CountingAreas, clock: Clock
) -> None:
    class Late(FailingCache):
        """The first look of the second process comes just before what the first one kept."""

        is_blind = False

        def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
            found = {} if self.is_blind else FailingCache.get_many(self, keys)
            self.is_blind = False
            return found

    cache = Late(clock)
    one, two = (SharedAreas(store, cache, Recorder(), TIMES, still(clock)) for _ in range(2))
    one.areas([KRUGER], NAME)
    cache.is_blind = True

    assert two.areas([KRUGER], NAME).tier == "valkey"
    assert store.cells_read() == [KRUGER]


def test_what_was_read_and_is_lost_already_is_read_again_at_once(
    areas: SharedAreas, cache: FailingCache, steps: Steps
) -> None:
    areas.areas([KRUGER], NAME)
    cache.set_many({KEY: b"damaged"}, 1e6)

    assert areas.areas([KRUGER], NAME).tier == "database"
    assert len(steps.slept_s) == 1


@pytest.mark.parametrize("lock", [b"", b"1", b"reading", KRUGER_RECORD])
def test_what_stands_in_place_of_a_lock_holds_nobody_up(
    areas: SharedAreas, cache: FailingCache, steps: Steps, lock: bytes
) -> None:
    cache.set_many({lock_of(KEY): lock}, ttl_s=1e9)

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
    assert len(steps.slept_s) == 1


def test_a_lock_that_can_neither_be_seen_nor_taken_holds_nobody_up(
    store: CountingAreas, clock: Clock, steps: Steps
) -> None:
    cache = HidingCache(clock, lists={lock_of(KEY)})
    areas = SharedAreas(store, cache, Recorder(), TIMES, still(clock, steps))

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
    assert len(steps.slept_s) == 2
    assert store.cells_read() == [KRUGER]


@pytest.mark.parametrize("until_s", [0.0, 1e12, float("inf"), float("nan")])
def test_a_lock_that_never_lapses_is_none(
    areas: SharedAreas, cache: FailingCache, until_s: float
) -> None:
    lock = lock_of(KEY)
    cache.set_many({lock: pack(Entry(b"reading", 0.0, until_s), lock)}, ttl_s=1e9)

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}


def test_what_has_aged_is_read_anew(
    process: Callable[[], SharedAreas], store: CountingAreas, clock: Clock
) -> None:
    process().areas([KRUGER], NAME)
    clock.now_s += 150.0

    tiers = [process().areas([KRUGER], NAME).tier for _ in range(2)]

    assert tiers == ["database", "valkey"]
    assert store.cells_read() == [KRUGER, KRUGER]


def test_what_has_aged_is_taken_as_it_is_while_another_process_reads_it(
    areas: SharedAreas, store: CountingAreas, clock: Clock, other: SharedLocks, steps: Steps
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    other.claim([KEY])

    found = areas.areas([KRUGER], NAME)

    assert (found.tier, found.age_s, found.stale) == ("valkey", 150.0, False)
    assert steps.slept_s == []
    assert store.cells_read() == [KRUGER]


@pytest.mark.parametrize("fault", [ASLEEP, Waking("the database is waking up")])
def test_what_has_aged_beats_nothing(
    areas: SharedAreas, store: CountingAreas, clock: Clock, fault: Unavailable
) -> None:
    areas.areas([KRUGER, PACIFIC], NAME)
    clock.now_s += 150.0
    store.fault = fault

    found = areas.areas([KRUGER, PACIFIC], NAME)

    assert found.records == {KRUGER: KRUGER_RECORD}
    assert (found.tier, found.age_s, found.stale) == ("valkey", 150.0, True)


def test_what_has_aged_does_not_stand_in_for_what_is_missing(
    areas: SharedAreas, store: CountingAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    store.fault = ASLEEP

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER, ATLANTIC], NAME)


def test_what_is_too_old_is_gone(areas: SharedAreas, store: CountingAreas, clock: Clock) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += TIMES.feature.kept_s
    store.fault = ASLEEP

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER], NAME)


def test_of_a_release_that_is_gone_nothing_is_served_stale(
    areas: SharedAreas, fake: FakeAreas, clock: Clock
) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    fake.said = replace(RELEASE, name="starter-2026.12")

    with pytest.raises(ReleaseGone):
        areas.areas([KRUGER], NAME)


def test_an_atlas_that_is_broken_is_said_to_be(areas: SharedAreas, store: CountingAreas) -> None:
    store.fault = AtlasBroken("not readable")

    with pytest.raises(AtlasBroken):
        areas.areas([KRUGER], NAME)


@pytest.mark.parametrize("drawn", [0.0, 1.0])
def test_lives_are_drawn_within_their_jitter(
    store: CountingAreas, cache: FailingCache, clock: Clock, drawn: float
) -> None:
    near = Surroundings(clock, Steps(clock), lambda: drawn)
    SharedAreas(store, cache, Recorder(), TIMES, near).areas([KRUGER], NAME)
    gone_s, value = cache.entries[KEY]
    entry = unpack(value, KEY)

    share = 0.85 + 0.3 * drawn
    assert entry is not None
    assert entry.until_s - clock.now_s == pytest.approx(share * TIMES.feature.fresh_s)
    assert gone_s - clock.now_s == pytest.approx(share * TIMES.feature.kept_s)


def test_what_is_read_together_ages_together(
    store: CountingAreas, cache: FailingCache, clock: Clock
) -> None:
    draws = iter([0.1, 0.9, 0.3, 0.7, 0.2, 0.8] * 3)
    near = Surroundings(clock, Steps(clock), lambda: next(draws))
    SharedAreas(store, cache, Recorder(), TIMES, near).areas([KRUGER, ATLANTIC, PACIFIC], NAME)

    keys = [key_of_area(NAME, cell) for cell in (KRUGER, ATLANTIC, PACIFIC)]
    entries = [unpack(cache.entries[key][1], key) for key in keys]
    assert len({entry.until_s for entry in entries if entry is not None}) == 1


@pytest.mark.parametrize("call", ["get_many", "set_many", "add_many"])
def test_a_cache_that_fails_is_no_error(
    areas: SharedAreas, cache: FailingCache, observer: Recorder, call: str
) -> None:
    cache.fails = {call}

    found = areas.areas([KRUGER, PACIFIC], NAME)

    assert (found.records, found.tier) == ({KRUGER: KRUGER_RECORD}, "database")
    failed = [fields for name, fields in observer.events if name == "cache.failed"]
    assert failed == [{"part": "valkey", "says": "the cache did not answer"}]


def test_a_cache_that_fails_while_another_process_reads_is_no_error(
    areas: SharedAreas, cache: FailingCache, other: SharedLocks, steps: Steps
) -> None:
    other.claim([KEY])
    steps.meanwhile = lambda: cache.fails.add("get_many")

    found = areas.areas([KRUGER], NAME)

    assert (found.records, found.tier) == ({KRUGER: KRUGER_RECORD}, "database")


def test_a_store_that_fails_behind_a_cache_that_fails_says_so(
    areas: SharedAreas, store: CountingAreas, cache: FailingCache
) -> None:
    cache.fails, store.fault = {"get_many", "set_many", "add_many"}, ASLEEP

    with pytest.raises(Unavailable, match="sleeps"):
        areas.areas([KRUGER], NAME)


UNKNOWN_TAXA = pack_record(cell_record({LION: 1.0, AXOLOTL: 0.5}))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x80\x04.",
        KRUGER_RECORD,
        pack(Entry(KRUGER_RECORD, 0.0, 1e12), "of another key"),
        pack(Entry(KRUGER_RECORD[:-1], 0.0, 1e12), KEY),
        pack(Entry(b"", 0.0, 1e12), KEY),
        pack(Entry(UNKNOWN_TAXA, 0.0, 1e12), KEY),
        pack(Entry(bytes(MAX_VALUE_BYTES), 0.0, 1e12), KEY),
    ],
)
def test_a_poisoned_value_is_a_miss_and_overwritten(
    areas: SharedAreas, cache: FailingCache, observer: Recorder, value: bytes
) -> None:
    areas.release()
    cache.set_many({KEY: value}, ttl_s=1e9)

    first, second = areas.areas([KRUGER], NAME), areas.areas([KRUGER], NAME)

    assert first.records == second.records == {KRUGER: KRUGER_RECORD}
    assert (first.tier, second.tier) == ("database", "valkey")
    damaged = [fields for name, fields in observer.events if name == "cache.damaged"]
    assert damaged == [{"part": "valkey", "bytes": len(value)}]


def test_a_record_that_is_too_large_is_not_kept(
    areas: SharedAreas, fake: FakeAreas, cache: FailingCache
) -> None:
    fake.records[KRUGER] = bytes(MAX_VALUE_BYTES)

    assert areas.areas([KRUGER], NAME).records[KRUGER] == bytes(MAX_VALUE_BYTES)
    assert KEY not in cache.entries


def test_what_the_cache_had_is_told(areas: SharedAreas, observer: Recorder, clock: Clock) -> None:
    areas.areas([KRUGER], NAME)
    clock.now_s += 150.0
    areas.areas([ATLANTIC], NAME)
    areas.areas([KRUGER, ATLANTIC, PACIFIC], NAME)

    told = [fields for name, fields in observer.events if name == "cache.read"]
    assert told[-1] == {"part": "valkey", "hits": 1, "aged": 1, "misses": 1}


def test_no_event_names_a_cell(areas: SharedAreas, observer: Recorder) -> None:
    areas.areas([KRUGER], NAME)

    assert f"{KRUGER:x}" not in repr(observer.events)
    assert str(KRUGER) not in repr(observer.events)


def test_names_of_taxa_are_shared_by_blocks(
    process: Callable[[], SharedAreas], store: CountingAreas
) -> None:
    process().release()
    first = process().taxa([LION.id], NAME)
    second = process().taxa(iter([JAGUAR.id, LION.id, AXOLOTL.id]), NAME)

    assert (first, second) == ({LION.id: LION}, TAXA)
    assert [(what, set(ids)) for what, ids in store.reads] == [
        ("release", set()),
        ("taxa", {LION.id, JAGUAR.id}),
    ]


def test_ids_that_the_release_does_not_know_are_not_read(
    areas: SharedAreas, store: CountingAreas
) -> None:
    areas.release()

    assert areas.taxa([AXOLOTL.id, -1, 2**40], NAME) == {}
    assert [what for what, _ in store.reads] == ["release"]


def test_a_block_that_lacks_taxa_is_a_miss(
    areas: SharedAreas, cache: FailingCache, clock: Clock
) -> None:
    areas.release()
    for body in (pack_taxa([LION]), pack_taxa([]), b"", None, KRUGER_RECORD):
        lay_down(cache, key_of_block(NAME, 0), body)
        clock.now_s += 1.0

        assert areas.taxa([LION.id, JAGUAR.id], NAME) == TAXA


def test_the_names_of_the_release_before_are_read_though_no_cache_knows_it(
    store: CountingAreas, areas: SharedAreas
) -> None:
    class Both(FakeAreas):
        def _require(self, release: str | None) -> None:
            del release

    store.store = Both(replace(RELEASE, name="starter-2026.12"), known=dict(TAXA))

    assert areas.taxa([LION.id], NAME) == {LION.id: LION}


def test_blocks_hold_all_taxa_of_a_large_release(
    store: CountingAreas, cache: FailingCache, process: Callable[[], SharedAreas]
) -> None:
    taxa = {id_: replace(LION, id=id_) for id_ in range(1, 1_301)}
    known = np.array(sorted(taxa), dtype=np.int32)
    store.store = FakeAreas(replace(RELEASE, known=known), known=taxa)

    assert process().taxa(list(taxa), NAME) == taxa
    assert process().taxa([1_300, 1], NAME) == {1: taxa[1], 1_300: taxa[1_300]}
    assert [what for what, _ in store.reads].count("taxa") == 1
    assert sum(":taxa:" in key and "lock" not in key for key in cache.entries) == 3


def test_ranges_are_shared(process: Callable[[], SharedAreas], store: CountingAreas) -> None:
    found = [
        process().range_of(id_, NAME) for id_ in (JAGUAR.id, JAGUAR.id, AXOLOTL.id, AXOLOTL.id)
    ]

    assert found == [RANGES[JAGUAR.id], RANGES[JAGUAR.id], None, None]
    assert store.reads == [("range", (JAGUAR.id,)), ("range", (AXOLOTL.id,))]


def test_a_broken_range_is_a_miss(areas: SharedAreas, cache: FailingCache) -> None:
    lay_down(cache, key_of_range(NAME, LION.id), KRUGER_RECORD)

    assert areas.range_of(LION.id, NAME) == RANGES[LION.id]
