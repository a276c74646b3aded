"""Which release is in use, through a cache that many share and a publisher announces to."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from fake_tiers import CountingAreas, FailingCache, HidingCache, still
from fakes import Clock, FakeAreas, Recorder
from fieldmark.adapters.cache_entry import Entry, pack, unpack
from fieldmark.adapters.cache_times import CacheTimes, Lifetime
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.shared_keys import POINTER, key_of_area, key_of_release
from fieldmark.adapters.shared_release import announce
from fieldmark.atlas_format import pack_release
from fieldmark.domain.area import Release
from fieldmark.errors import AtlasBroken, ReleaseGone, Unavailable
from releases import KRUGER, RECORDS, RELEASE, TAXA

TIMES = CacheTimes(
    feature=Lifetime(fresh_s=1_000.0, kept_s=10_000.0),
    pointer=Lifetime(fresh_s=50.0, kept_s=500.0),
)
NAME = RELEASE.name
NEXT = replace(RELEASE, name="starter-2026.12")
ASLEEP = Unavailable("the database sleeps")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> FakeAreas:
    return FakeAreas(RELEASE, dict(RECORDS), dict(TAXA))


@pytest.fixture
def store(fake: FakeAreas) -> CountingAreas:
    return CountingAreas(fake)


@pytest.fixture
def cache(clock: Clock) -> FailingCache:
    return FailingCache(clock)


@pytest.fixture
def process(store: CountingAreas, cache: FailingCache, clock: Clock) -> Callable[[], SharedAreas]:
    return lambda: SharedAreas(store, cache, Recorder(), TIMES, still(clock))


def tell(cache: FailingCache, clock: Clock, name: str) -> None:
    announce(cache, name, TIMES, still(clock))


def pointed_at(cache: FailingCache) -> str:
    entry = unpack(cache.get_many([POINTER])[POINTER], POINTER)
    assert entry is not None
    assert entry.body is not None
    return entry.body.decode()


def lay_down(cache: FailingCache, key: str, body: bytes | None) -> None:
    now_s = cache.clock.now_s
    cache.set_many({key: pack(Entry(body, now_s, now_s + 1e6), key)}, 1e6)


def saying(release: Release) -> tuple[object, ...]:
    """Return what can be compared of a release."""
    fields = {name: getattr(release, name) for name in release.__dataclass_fields__}
    return (*(value for name, value in fields.items() if name != "known"), release.known.tolist())


def test_one_process_asks_the_store_and_the_others_the_cache(
    process: Callable[[], SharedAreas], store: CountingAreas
) -> None:
    said = [saying(process().release()) for _ in range(3)]

    assert said == [saying(RELEASE)] * 3
    assert store.reads == [("release", ())]


def test_a_process_that_knows_what_a_release_says_asks_for_the_pointer_alone(
    process: Callable[[], SharedAreas], cache: FailingCache, store: CountingAreas
) -> None:
    areas = process()
    areas.release()
    del cache.entries[key_of_release(NAME)]

    assert areas.release().name == NAME
    assert len(store.reads) == 1


def test_an_announced_release_is_in_use_at_once(
    process: Callable[[], SharedAreas], fake: FakeAreas, cache: FailingCache, clock: Clock
) -> None:
    areas = process()
    areas.release()
    fake.said = NEXT

    before = areas.release().name
    tell(cache, clock, NEXT.name)

    assert (before, areas.release().name, process().release().name) == (
        NAME,
        NEXT.name,
        NEXT.name,
    )


def test_a_roll_back_is_a_flip_back(
    process: Callable[[], SharedAreas],
    fake: FakeAreas,
    store: CountingAreas,
    cache: FailingCache,
    clock: Clock,
) -> None:
    areas = process()
    names = []
    for release in (RELEASE, NEXT, RELEASE):
        fake.said = release
        tell(cache, clock, release.name)
        names.append(areas.release().name)
        areas.areas([KRUGER], names[-1])

    assert names == [NAME, NEXT.name, NAME]
    assert [what for what, _ in store.reads] == ["release", "areas", "release", "areas"]


def test_an_announcement_that_nobody_took_is_an_error(cache: FailingCache, clock: Clock) -> None:
    cache.fails = {"set_many"}
    with pytest.raises(Unavailable):
        tell(cache, clock, NAME)


def test_an_announcement_that_was_lost_is_an_error(clock: Clock) -> None:
    class Forgetful(FailingCache):
        def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
            del entries, ttl_s

    with pytest.raises(Unavailable, match="announce it again"):
        tell(Forgetful(clock), clock, NAME)


def test_the_pointer_is_read_anew_once_it_has_aged(
    process: Callable[[], SharedAreas], fake: FakeAreas, store: CountingAreas, clock: Clock
) -> None:
    process().release()
    fake.said = NEXT
    clock.now_s += TIMES.pointer.fresh_s + 1.0

    assert [process().release().name for _ in range(2)] == [NEXT.name, NEXT.name]
    assert len(store.reads) == 2


def test_a_pointer_that_has_aged_beats_none(
    process: Callable[[], SharedAreas], store: CountingAreas, clock: Clock
) -> None:
    process().release()
    store.fault = ASLEEP
    clock.now_s += TIMES.pointer.fresh_s + 1.0

    assert process().release().name == NAME


def test_without_a_pointer_a_store_that_sleeps_is_said_to(
    process: Callable[[], SharedAreas], store: CountingAreas, clock: Clock
) -> None:
    process().release()
    store.fault = ASLEEP
    clock.now_s += TIMES.pointer.kept_s + 1.0

    with pytest.raises(Unavailable, match="sleeps"):
        process().release()


def test_a_reader_does_not_undo_what_a_publisher_announced_meanwhile(
    fake: FakeAreas,
    store: CountingAreas,
    cache: FailingCache,
    clock: Clock,
) -> None:
    """The reader has read the old name when the publisher flips and announces the new one."""

    class Flipping(CountingAreas):
        def release(self) -> Release:
            said = CountingAreas.release(self)
            tell(cache, clock, NEXT.name)
            return said

    SharedAreas(Flipping(fake), cache, Recorder(), TIMES, still(clock)).release()

    assert pointed_at(cache) == NEXT.name
    assert store.reads == []


@pytest.mark.parametrize("aged", [False, True])
def test_nor_where_there_was_a_pointer_that_did_not_count(
    fake: FakeAreas, cache: FailingCache, clock: Clock, *, aged: bool
) -> None:
    if aged:
        tell(cache, clock, NAME)
        clock.now_s += TIMES.pointer.fresh_s + 1.0
    else:
        cache.set_many({POINTER: b"garbage"}, 1e6)

    class Flipping(CountingAreas):
        def release(self) -> Release:
            said = CountingAreas.release(self)
            tell(cache, clock, NEXT.name)
            return said

    SharedAreas(Flipping(fake), cache, Recorder(), TIMES, still(clock)).release()

    assert pointed_at(cache) == NEXT.name


@pytest.mark.parametrize("body", [None, b"", b"\xff\xfe", b"x" * 201])
def test_a_pointer_that_is_none_is_overwritten(
    process: Callable[[], SharedAreas], cache: FailingCache, body: bytes | None
) -> None:
    lay_down(cache, POINTER, body)

    assert process().release().name == NAME
    assert pointed_at(cache) == NAME


def test_a_pointer_that_can_neither_be_seen_nor_added_is_overwritten(
    store: CountingAreas, clock: Clock
) -> None:
    cache = HidingCache(clock, lists={POINTER})
    for _ in range(2):
        SharedAreas(store, cache, Recorder(), TIMES, still(clock)).release()

    assert store.reads == [("release", ())]


@pytest.mark.parametrize("name", ["no-such-release", "../../etc", "ein Übel:\n"])
def test_a_pointer_to_a_release_that_is_not_there_does_not_stick(
    process: Callable[[], SharedAreas], store: CountingAreas, cache: FailingCache, name: str
) -> None:
    lay_down(cache, POINTER, name.encode())

    assert process().release().name == NAME
    assert pointed_at(cache) == NAME
    assert process().release().name == NAME
    assert {what for what, _ in store.reads} == {"release"}


def test_nor_does_one_that_comes_with_what_its_release_says(
    process: Callable[[], SharedAreas], cache: FailingCache
) -> None:
    forged = replace(RELEASE, name="forged")
    lay_down(cache, POINTER, b"forged")
    lay_down(cache, key_of_release("forged"), pack_release(forged))
    areas = process()

    believed = areas.release().name
    with pytest.raises(ReleaseGone):
        areas.areas([KRUGER], believed)

    assert believed == "forged"
    assert areas.release().name == NAME
    assert process().release().name == NAME


def test_a_release_that_was_not_there_is_believed_once_the_store_has_it(
    process: Callable[[], SharedAreas], fake: FakeAreas, cache: FailingCache, clock: Clock
) -> None:
    areas = process()
    lay_down(cache, POINTER, NEXT.name.encode())
    areas.release()
    fake.said = NEXT
    tell(cache, clock, NEXT.name)

    assert areas.release().name == NEXT.name
    assert pointed_at(cache) == NEXT.name


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        pack_release(NEXT),
        pack_release(replace(RELEASE, resolution=99)),
        pack_release(replace(RELEASE, coarsest=5)),
    ],
)
def test_what_a_release_cannot_say_of_itself_is_a_miss(
    process: Callable[[], SharedAreas],
    store: CountingAreas,
    cache: FailingCache,
    body: bytes | None,
) -> None:
    lay_down(cache, POINTER, NAME.encode())
    lay_down(cache, key_of_release(NAME), body)

    assert saying(process().release()) == saying(RELEASE)
    assert store.reads == [("release", ())]


def test_a_cache_that_fails_leaves_the_store_to_ask(
    process: Callable[[], SharedAreas], cache: FailingCache
) -> None:
    cache.fails = {"get_many", "set_many", "add_many"}

    assert process().release().name == NAME


def test_an_atlas_that_is_broken_is_said_to_be(
    process: Callable[[], SharedAreas], store: CountingAreas
) -> None:
    store.fault = AtlasBroken("there is no release")

    with pytest.raises(AtlasBroken):
        process().release()


def test_what_few_releases_say_is_held_and_no_more(
    process: Callable[[], SharedAreas], cache: FailingCache, clock: Clock, fake: FakeAreas
) -> None:
    areas = process()
    for number in range(5):
        fake.said = replace(RELEASE, name=f"release-{number}")
        tell(cache, clock, fake.said.name)
        areas.release()

    assert list(areas._release._said) == ["release-3", "release-4"]


def test_no_name_of_a_release_reaches_into_the_keys_of_another() -> None:
    names = ["a", "a:b", "a%3Ab", "", "current", "ä", "a/lock"]

    assert len({key_of_area(name, 1) for name in names}) == len(names)
    assert all(key_of_area(name, 1).count(":") == 2 for name in names)
    assert all(key_of_release(name) != POINTER for name in names)


def test_a_release_of_many_taxa_says_so_in_few_bytes() -> None:
    ids = np.cumsum(np.random.default_rng(7).integers(1, 200, 5_000)).astype(np.int32)

    assert len(pack_release(replace(RELEASE, known=ids))) < 10_000
