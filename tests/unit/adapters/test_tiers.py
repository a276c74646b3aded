"""All tiers together: what a request costs them, hour by hour and fault by fault."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import h3.api.basic_int as h3
import pytest

from animals import JAGUAR, LION
from fake_tiers import CountingAreas, FailingCache, Steps, still
from fakes import Clock, FakeAreas, Recorder
from fieldmark.adapters.bounded_areas import DATABASE_RULES, BoundedAreas
from fieldmark.adapters.cache_times import IN_MEMORY, SHARED
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.circuit_breaker import CircuitBreaker
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.shared_release import announce
from fieldmark.domain.area import Release
from fieldmark.domain.position import Position
from fieldmark.entrypoints.web.taxon_index import TaxonIndex
from fieldmark.errors import Unavailable, Waking
from fieldmark.lookup import AreaAnimals, animals_of, range_in_use
from fieldmark.ports import FoundAreas
from releases import ATLANTIC, KRUGER, KRUGER_RECORD, RANGES, RECORDS, RELEASE, TAXA

HERE = Position(-24.99, 31.55)
NEXT = replace(RELEASE, name="starter-2026.12")
WAKING = Waking("it let 0.25 s pass: it is waking up")
HOUR_S = 3_600.0


@dataclass
class Cloud:
    """A database, a cache that processes share, and as many processes as are asked for."""

    clock: Clock = field(default_factory=Clock)
    events: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.fake = FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES))
        self.database = CountingAreas(self.fake)
        self.valkey = FailingCache(self.clock)
        self.near = still(self.clock, Steps(self.clock))

    def process(self) -> CachedAreas:
        breaker = CircuitBreaker("database", DATABASE_RULES, self.events, self.clock, lambda: 0.5)
        bounded = BoundedAreas(self.database, 2, self.events, breaker)
        shared = SharedAreas(bounded, self.valkey, self.events, surroundings=self.near)
        memory = MemoryCache(1_000_000, self.clock)
        return CachedAreas(shared, memory, self.events, surroundings=self.near)

    def sleep(self) -> None:
        """Put the database to sleep: every read takes 0.28 s and fails."""

        def pass_time() -> None:
            self.clock.now_s += 0.28

        self.database.before, self.database.fault = pass_time, WAKING

    def wake(self) -> None:
        self.database.before, self.database.fault = lambda: None, None

    def announce(self, release: Release) -> None:
        self.fake.older[self.fake.said.name] = self.fake.records
        self.fake.older.pop(release.name, None)
        self.fake.said = release
        announce(self.valkey, release.name, surroundings=self.near)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def lions(found: AreaAnimals) -> list[int]:
    return [resident.taxon.id for resident in found.residents]


def browse(areas: CachedAreas) -> AreaAnimals:
    """Ask what the website asks: the list of an area, the range of an animal, a search."""
    range_in_use(areas, LION.id)
    assert TaxonIndex(areas, []).find("lion", 5)
    return animals_of(areas, HERE, 7)


def test_an_hour_served_from_the_caches_reads_nothing_from_the_database(cloud: Cloud) -> None:
    processes = [cloud.process() for _ in range(3)]
    for areas in processes:
        browse(areas)
    cloud.database.reads.clear()
    until_s = cloud.clock.now_s + HOUR_S

    while cloud.clock.now_s < until_s:
        cloud.clock.now_s += 7.0
        for areas in processes:
            assert lions(browse(areas)) == [LION.id]

    assert cloud.database.reads == []


def test_nor_does_a_process_that_starts_within_that_hour(cloud: Cloud) -> None:
    browse(cloud.process())
    cloud.database.reads.clear()
    cloud.sleep()

    for _ in range(20):
        cloud.clock.now_s += 180.0
        found = browse(cloud.process())

        assert (lions(found), found.use.tier) == ([LION.id], "valkey")
    assert cloud.database.reads == []


def test_what_lives_here_is_shown_from_the_cache_while_the_database_sleeps(cloud: Cloud) -> None:
    areas = cloud.process()
    browse(areas)
    cloud.sleep()
    cloud.clock.now_s += 20 * 24 * HOUR_S

    found = browse(areas)

    assert lions(found) == [LION.id]
    assert found.use.status == "fallback"
    assert [note.code for note in found.notes][-1] == "area-stale"


def test_a_first_request_reads_the_release_and_the_area_once_each(cloud: Cloud) -> None:
    found = [animals_of(cloud.process(), HERE, 7).use.tier for _ in range(4)]

    assert found == ["database", "valkey", "valkey", "valkey"]
    assert [what for what, _ in cloud.database.reads] == ["release", "areas", "taxa"]


def test_a_tier_is_the_first_that_has_everything(cloud: Cloud) -> None:
    one, two = cloud.process(), cloud.process()

    tiers = [areas.areas([KRUGER, ATLANTIC]).tier for areas in (one, one, two, two)]

    assert tiers == ["database", "memory", "valkey", "memory"]


def test_a_flip_and_a_roll_back_reach_every_process_within_a_minute(cloud: Cloud) -> None:
    processes = [cloud.process() for _ in range(3)]
    names = []
    for release in (RELEASE, NEXT, RELEASE):
        cloud.announce(release)
        cloud.clock.now_s += 70.0
        names.append({areas.release().name for areas in processes})

    assert names == [{RELEASE.name}, {NEXT.name}, {RELEASE.name}]


def test_a_flip_and_a_roll_back_need_no_flush(cloud: Cloud) -> None:
    areas = cloud.process()
    new = {KRUGER: RECORDS[ATLANTIC]}
    animals_of(areas, KRUGER, 7)
    cloud.announce(NEXT)
    cloud.fake.records = new
    cloud.clock.now_s += 70.0
    on_the_new = areas.areas([KRUGER]).records
    cloud.fake.said, cloud.fake.records = RELEASE, dict(RECORDS)
    announce(cloud.valkey, RELEASE.name, surroundings=cloud.near)
    cloud.clock.now_s += 70.0
    reads = len(cloud.database.reads)

    assert on_the_new == new
    assert areas.areas([KRUGER]).records == {KRUGER: KRUGER_RECORD}
    assert len(cloud.database.reads) == reads


def test_an_answer_that_began_before_a_flip_ends_on_its_own_release(cloud: Cloud) -> None:
    areas = cloud.process()
    before = areas.release().name
    cloud.announce(NEXT)
    cloud.fake.records = {KRUGER: RECORDS[ATLANTIC]}

    assert areas.areas([KRUGER], before).records == {KRUGER: KRUGER_RECORD}


def test_a_release_that_is_gone_is_read_anew_within_the_request(cloud: Cloud) -> None:
    areas = cloud.process()
    areas.release()
    cloud.announce(NEXT)
    cloud.fake.older.clear()

    found = animals_of(areas, HERE, 7)

    assert (found.release.name, lions(found)) == (NEXT.name, [LION.id])


@pytest.mark.parametrize(
    "fails", [{"get_many"}, {"add_many"}, {"set_many"}, {"get_many", "set_many", "add_many"}]
)
def test_without_the_shared_cache_every_answer_still_has_its_area(
    cloud: Cloud, fails: set[str]
) -> None:
    cloud.valkey.fails = fails

    for _ in range(3):
        areas = cloud.process()
        assert lions(browse(areas)) == [LION.id]
        assert animals_of(areas, HERE, 7).use.tier == "memory"


def test_a_cache_that_is_flushed_fills_itself_again(cloud: Cloud) -> None:
    browse(cloud.process())
    cloud.valkey.close()

    tiers = [animals_of(cloud.process(), HERE, 7).use.tier for _ in range(2)]

    assert tiers == ["database", "valkey"]


def test_while_the_database_wakes_answers_take_no_second_and_then_have_their_area(
    cloud: Cloud,
) -> None:
    """One process, one request after the other, as a function of the cloud sees them."""
    areas = cloud.process()
    areas.release()
    cloud.sleep()
    woke_s = cloud.clock.now_s + 20.0
    longest_s = 0.0
    while cloud.clock.now_s < woke_s:
        began_s = cloud.clock.now_s
        with pytest.raises(Unavailable):
            areas.areas([KRUGER], RELEASE.name)
        longest_s = max(longest_s, cloud.clock.now_s - began_s)
    cloud.wake()

    assert areas.areas([KRUGER], RELEASE.name).records == {KRUGER: KRUGER_RECORD}
    assert longest_s < 1.0


def test_the_first_request_after_a_wake_gets_its_area_whichever_process_it_reaches(
    cloud: Cloud,
) -> None:
    processes = [cloud.process() for _ in range(5)]
    for areas in processes:
        areas.release()
    cloud.sleep()
    for number in range(60):
        with pytest.raises(Unavailable):
            processes[number % 5].areas([KRUGER], RELEASE.name)
    cloud.wake()

    assert processes[2].areas([KRUGER], RELEASE.name).records == {KRUGER: KRUGER_RECORD}


def test_cells_around_a_place_are_read_once_for_all_who_share_them(cloud: Cloud) -> None:
    cells = h3.grid_disk(KRUGER, 3)
    for cell in cells:
        cloud.process().areas([cell, *(h3.cell_to_parent(cell, level) for level in (2, 1, 0))])

    read = cloud.database.cells_read()
    assert len(read) == len(set(read))


def test_threads_of_several_processes_that_storm_the_same_cells_read_each_once() -> None:
    """In true time, with room enough for a machine that is slow."""
    database = CountingAreas(FakeAreas(RELEASE, dict(RECORDS)))
    at_once, most = [0], [0]

    class Slow(CountingAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            with database.lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            time.sleep(0.005)
            found = database.areas(cells, release)
            with database.lock:
                at_once[0] -= 1
            return found

    valkey = MemoryCache(10_000_000)
    roomy = replace(SHARED, wait_s=20.0, lock_s=20.0)

    def process() -> CachedAreas:
        bounded = BoundedAreas(Slow(database), 2, Recorder(), wait_s=20.0)
        shared = SharedAreas(bounded, valkey, Recorder(), roomy)
        memory = replace(IN_MEMORY, wait_s=40.0)
        return CachedAreas(shared, MemoryCache(10_000_000), Recorder(), memory)

    processes = [process() for _ in range(3)]
    cells = h3.grid_disk(KRUGER, 4)

    def ask(number: int) -> bool:
        wanted = [cells[(number * 7 + step) % len(cells)] for step in range(5)]
        found = processes[number % 3].areas(wanted, RELEASE.name)
        return found.records == {cell: RECORDS[cell] for cell in wanted if cell in RECORDS}

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(ask, range(600)))

    assert sorted(database.cells_read()) == sorted(cells)
    assert most[0] <= 2 * len(processes)


def test_no_event_of_any_tier_names_a_place(cloud: Cloud) -> None:
    browse(cloud.process())
    cloud.sleep()
    with pytest.raises(Unavailable):
        cloud.process().areas([ATLANTIC + 1])

    text = repr(cloud.events.events)
    assert not any(f"{cell:x}" in text or str(cell) in text for cell in (KRUGER, ATLANTIC))
    assert str(LION.id) not in text
    assert str(JAGUAR.id) not in text
