"""What every AreaStore promises, on the fake and on each adapter."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from animals import JAGUAR, LION
from fakes import Clock, FakeAreas, FakeCache, Recorder
from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.publish import publish_file
from fieldmark.errors import ReleaseGone
from fieldmark.ports import AreaStore
from published import postgres_areas
from releases import (
    ATLANTIC,
    ATLANTIC_RECORD,
    CONTENT,
    KRUGER,
    KRUGER_RECORD,
    PACIFIC,
    RANGES,
    RECORDS,
    RELEASE,
    TAXA,
    UNKNOWN,
)


def _fake(_: Path) -> AreaStore:
    return FakeAreas(RELEASE, dict(RECORDS), dict(TAXA), dict(RANGES))


def _sqlite(folder: Path) -> AreaStore:
    publish_file(CONTENT, folder / "atlas.sqlite", check=lambda _: None)
    return SqliteAreas(folder / "atlas.sqlite")


def _cached_fake(folder: Path) -> AreaStore:
    return CachedAreas(_fake(folder), FakeCache(), Recorder())


def _cached_sqlite(folder: Path) -> AreaStore:
    return CachedAreas(_sqlite(folder), MemoryCache(max_bytes=1_000_000), Recorder())


def _shared_fake(folder: Path) -> AreaStore:
    return SharedAreas(_fake(folder), FakeCache(Clock(time.time())), Recorder())


def _bounded_fake(folder: Path) -> AreaStore:
    return BoundedAreas(_fake(folder), 2, Recorder())


def _tiers(folder: Path) -> AreaStore:
    return _in_tiers(_sqlite(folder))


def _in_tiers(store: AreaStore) -> AreaStore:
    shared = SharedAreas(BoundedAreas(store, 2, Recorder()), MemoryCache(1_000_000), Recorder())
    return CachedAreas(shared, MemoryCache(1_000_000), Recorder())


@pytest.fixture(
    params=[
        _fake,
        _sqlite,
        _cached_fake,
        _cached_sqlite,
        _shared_fake,
        _bounded_fake,
        _tiers,
        "postgres",
        "postgres held",
        "postgres in tiers",
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AreaStore]:
    if isinstance(request.param, str):
        url = request.getfixturevalue("read_url")
        plain = postgres_areas(url, held=request.param == "postgres held")
        store = _in_tiers(plain) if "tiers" in request.param else plain
    else:
        store = request.param(tmp_path)
    yield store
    store.close()


def test_a_release_says_what_it_is(store: AreaStore) -> None:
    release = store.release()

    assert (release.name, release.resolution, release.coarsest) == ("starter-2026.11", 3, 0)
    assert release.expected_from == 0.1
    assert release.known.tolist() == sorted(TAXA)
    assert release.starter
    assert (release.licence, release.built_on) == ("CC0-1.0", "2026-11-23")
    assert release.sources == ("ranges.csv", "Natural Earth")


def test_the_records_of_several_cells_come_in_one_answer(store: AreaStore) -> None:
    found = store.areas([KRUGER, ATLANTIC])

    assert found.records == {KRUGER: KRUGER_RECORD, ATLANTIC: ATLANTIC_RECORD}
    assert (found.tier, found.age_s, found.stale) == ("database", 0.0, False)


def test_a_cell_that_the_release_does_not_hold_is_absent(store: AreaStore) -> None:
    assert store.areas([PACIFIC, KRUGER]).records == {KRUGER: KRUGER_RECORD}
    assert store.areas([PACIFIC, KRUGER]).records == {KRUGER: KRUGER_RECORD}


def test_no_cells_give_no_records(store: AreaStore) -> None:
    assert store.areas([]).records == {}


def test_a_cell_asked_for_twice_is_answered_once(store: AreaStore) -> None:
    assert store.areas([KRUGER, KRUGER]).records == {KRUGER: KRUGER_RECORD}


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**64 - 1])
def test_a_number_that_is_no_cell_is_absent(store: AreaStore, number: int) -> None:
    assert store.areas([number]).records == {}


def test_taxa_come_with_their_lineage(store: AreaStore) -> None:
    assert store.taxa([LION.id, JAGUAR.id, UNKNOWN]) == {LION.id: LION, JAGUAR.id: JAGUAR}
    assert store.taxa([]) == {}


def test_a_range_has_the_months_of_each_cell(store: AreaStore) -> None:
    assert store.range_of(LION.id) == {KRUGER: 0b1111_1111_1111}
    assert store.range_of(JAGUAR.id) == {KRUGER: 0b111}


def test_the_range_of_an_unknown_taxon_is_none(store: AreaStore) -> None:
    assert store.range_of(UNKNOWN) is None


def test_threads_may_share_a_store(store: AreaStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: store.areas([KRUGER, PACIFIC]).records, range(200)))

    assert found == [{KRUGER: KRUGER_RECORD}] * 200


def test_a_release_may_be_named_that_is_in_use(store: AreaStore) -> None:
    name = store.release().name

    assert store.areas([KRUGER], name).records == {KRUGER: KRUGER_RECORD}
    assert store.taxa([LION.id], name) == {LION.id: LION}
    assert store.range_of(JAGUAR.id, name) == {KRUGER: 0b111}


def test_a_release_that_is_not_there_is_said_to_be_gone(store: AreaStore) -> None:
    with pytest.raises(ReleaseGone, match=r"starter-1999\.01"):
        store.areas([KRUGER], "starter-1999.01")
    with pytest.raises(ReleaseGone):
        store.taxa([LION.id], "starter-1999.01")
    with pytest.raises(ReleaseGone):
        store.range_of(LION.id, "starter-1999.01")


def test_closing_twice_does_no_harm(store: AreaStore) -> None:
    store.areas([KRUGER])

    store.close()
    store.close()
