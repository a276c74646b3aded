"""Areas from a database that must not be overrun: bounded, together, left alone while it fails."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from animals import JAGUAR, LION
from fake_tiers import CountingAreas
from fakes import Clock, FakeAreas, Recorder
from fieldmark.adapters.bounded_areas import DATABASE_RULES, BoundedAreas
from fieldmark.adapters.circuit_breaker import CircuitBreaker
from fieldmark.errors import AtlasBroken, FieldmarkError, ReleaseGone, Unavailable, Waking
from releases import ATLANTIC, KRUGER, KRUGER_RECORD, PACIFIC, RANGES, RECORDS, RELEASE, TAXA
from waiting import wait_until

NAME = RELEASE.name
WAKING = Waking("it let 0.25 s pass: it is waking up")
PATIENCE_S = 10.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> CountingAreas:
    return CountingAreas(FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES)))


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture
def areas(store: CountingAreas, observer: Recorder, clock: Clock) -> BoundedAreas:
    breaker = CircuitBreaker("database", DATABASE_RULES, observer, clock, lambda: 0.5)
    return BoundedAreas(store, 1, observer, breaker, PATIENCE_S)


def slowly(store: CountingAreas, clock: Clock, fault: Unavailable, cost_s: float = 0.28) -> None:
    """Let each read of the store fail after so long."""

    def pass_time() -> None:
        clock.now_s += cost_s

    store.before, store.fault = pass_time, fault


def well(store: CountingAreas) -> None:
    store.before, store.fault = lambda: None, None


def test_cells_that_wait_are_read_together_and_each_gets_its_own(
    areas: BoundedAreas, store: CountingAreas
) -> None:
    reading, go = Event(), Event()

    def hold() -> None:
        reading.set()
        go.wait(PATIENCE_S)

    store.before = hold
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(areas.areas, [PACIFIC], NAME)
        reading.wait(PATIENCE_S)
        second = pool.submit(areas.areas, [KRUGER, PACIFIC], NAME)
        third = pool.submit(areas.areas, [ATLANTIC], NAME)
        wait_until(lambda: sum(batch.waiting for batch in areas._queue._queue) == 2)
        go.set()

        assert first.result(PATIENCE_S).records == {}
        assert second.result(PATIENCE_S).records == {KRUGER: KRUGER_RECORD}
        assert third.result(PATIENCE_S).records == {ATLANTIC: RECORDS[ATLANTIC]}
    assert [what for what, _ in store.reads] == ["areas", "areas"]


def test_two_releases_are_never_read_together(areas: BoundedAreas, store: CountingAreas) -> None:
    reading, go = Event(), Event()

    def hold() -> None:
        reading.set()
        go.wait(PATIENCE_S)

    store.before = hold
    with ThreadPoolExecutor(3) as pool:
        pool.submit(areas.areas, [PACIFIC], NAME)
        reading.wait(PATIENCE_S)
        good = pool.submit(areas.areas, [KRUGER], NAME)
        gone = pool.submit(areas.areas, [KRUGER], "starter-1999.01")
        wait_until(lambda: sum(batch.waiting for batch in areas._queue._queue) == 2)
        go.set()

        assert good.result(PATIENCE_S).records == {KRUGER: KRUGER_RECORD}
        with pytest.raises(ReleaseGone):
            gone.result(PATIENCE_S)


def test_ranges_of_two_taxa_are_never_taken_for_each_other(areas: BoundedAreas) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(areas.range_of, [LION.id, JAGUAR.id] * 100))

    assert found == [RANGES[LION.id], RANGES[JAGUAR.id]] * 100


def test_each_read_is_told_with_what_it_cost_and_what_came_of_it(
    areas: BoundedAreas, store: CountingAreas, observer: Recorder
) -> None:
    areas.release()
    areas.areas([KRUGER, PACIFIC], NAME)
    store.fault = ReleaseGone("gone")
    with pytest.raises(ReleaseGone):
        areas.taxa([LION.id], NAME)

    reads = [fields for name, fields in observer.events if name == "database.read"]
    assert [
        [fields[name] for name in ("what", "asked", "outcome", "says")] for fields in reads
    ] == [
        ["release", 0, "answered", None],
        ["areas", 2, "answered", None],
        ["taxa", 1, "gone", "gone"],
    ]
    assert all(isinstance(fields["database_ms"], float) for fields in reads)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(WAKING, "waking"), (Unavailable("down"), "unavailable"), (AtlasBroken("bad"), "broken")],
)
def test_what_failed_is_told_by_its_kind(
    areas: BoundedAreas,
    store: CountingAreas,
    observer: Recorder,
    fault: FieldmarkError,
    outcome: str,
) -> None:
    store.fault = fault
    with pytest.raises(type(fault)):
        areas.release()

    assert observer.events[0][1]["outcome"] == outcome


def test_a_database_that_does_not_answer_is_left_alone(
    areas: BoundedAreas, store: CountingAreas, clock: Clock
) -> None:
    slowly(store, clock, Unavailable("it did not answer in time"))
    for _ in range(10):
        with pytest.raises(Unavailable):
            areas.areas([KRUGER], NAME)

    assert len(store.reads) == 1


def test_a_database_that_is_back_is_found_within_seconds(
    areas: BoundedAreas, store: CountingAreas, clock: Clock
) -> None:
    slowly(store, clock, Unavailable("it did not answer in time"))
    for _ in range(600):
        clock.now_s += 0.1
        with pytest.raises(Unavailable):
            areas.areas([KRUGER], NAME)
    well(store)
    clock.now_s += 1.25 * DATABASE_RULES.longest_pause_s

    assert len(store.reads) < 30
    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}


def test_the_first_request_after_a_wake_gets_the_area(
    areas: BoundedAreas, store: CountingAreas, clock: Clock
) -> None:
    slowly(store, clock, WAKING)
    woke_s = clock.now_s + 20.0
    while clock.now_s < woke_s:
        with pytest.raises(Waking):
            areas.areas([KRUGER], NAME)
    well(store)

    assert areas.areas([KRUGER], NAME).records == {KRUGER: KRUGER_RECORD}
    # It was tried without a break: trying is what wakes it.
    assert len(store.reads) == 72 + 1


def test_while_one_request_tries_to_wake_it_the_others_do_not_wait(
    areas: BoundedAreas, store: CountingAreas, clock: Clock
) -> None:
    slowly(store, clock, WAKING)
    with pytest.raises(Waking):
        areas.areas([KRUGER], NAME)
    trying, go = Event(), Event()

    def hold() -> None:
        trying.set()
        go.wait(PATIENCE_S)

    store.before = hold
    with ThreadPoolExecutor(1) as pool:
        one = pool.submit(areas.areas, [KRUGER], NAME)
        trying.wait(PATIENCE_S)
        for _ in range(20):
            with pytest.raises(Waking, match="waking up"):
                areas.areas([ATLANTIC], NAME)
        well(store)
        go.set()
        one.exception(PATIENCE_S)

    assert [cells for _, cells in store.reads] == [(KRUGER,), (KRUGER,)]


def test_what_opens_and_closes_is_told(
    areas: BoundedAreas, store: CountingAreas, observer: Recorder, clock: Clock
) -> None:
    slowly(store, clock, WAKING)
    with pytest.raises(Waking):
        areas.release()
    well(store)
    areas.release()

    assert [name for name, _ in observer.events] == [
        "database.read",
        "breaker.opened",
        "database.read",
        "breaker.closed",
    ]


@pytest.mark.parametrize("fault", [ReleaseGone("gone"), AtlasBroken("not readable")])
def test_an_answer_that_is_a_no_is_an_answer(
    areas: BoundedAreas, store: CountingAreas, fault: FieldmarkError
) -> None:
    store.fault = fault
    for _ in range(10):
        with pytest.raises(type(fault)):
            areas.areas([KRUGER], NAME)

    assert len(store.reads) == 10
