"""The tiers over a real database and a real cache while either fails: an answer in any case."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from animals import LION
from cloud.postgres_server import PostgresServer, postgres_server
from cloud.valkey_server import Valkey, valkey_server
from fakes import Recorder
from fieldmark import compose
from fieldmark.adapters.cache_entry import Entry, pack
from fieldmark.adapters.shared_release import announce
from fieldmark.atlas.database.publication import publish, roll_back
from fieldmark.atlas.publish import publish_file
from fieldmark.errors import Unavailable
from fieldmark.lookup import animals_of
from fieldmark.ports import AreaStore, FoundAreas
from fieldmark.settings import CacheUrl, DatabaseUrl, Settings
from published import database, published
from releases import ATLANTIC, ATLANTIC_RECORD, CONTENT, KRUGER, KRUGER_RECORD, RELEASE

HANG_S = 30.0
ANSWER_S = 3.0
"""No answer takes longer, whatever fails; on an idle machine none takes a tenth of it."""


@pytest.fixture(scope="module")
def postgres_of_mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with postgres_server() as server:
        published(CONTENT, tmp_path_factory.mktemp("release"), server.url())
        yield server


@pytest.fixture(scope="module")
def valkey_of_mine() -> Iterator[Valkey]:
    with valkey_server() as server:
        yield server


@pytest.fixture
def servers(
    postgres_of_mine: PostgresServer, valkey_of_mine: Valkey
) -> Iterator[tuple[PostgresServer, Valkey]]:
    valkey_of_mine.flush()
    yield postgres_of_mine, valkey_of_mine
    if postgres_of_mine.process is None:
        postgres_of_mine.start()


@pytest.fixture
def postgres(servers: tuple[PostgresServer, Valkey]) -> PostgresServer:
    return servers[0]


@pytest.fixture
def valkey(servers: tuple[PostgresServer, Valkey]) -> Valkey:
    return servers[1]


Process = Callable[[], AreaStore]


@pytest.fixture
def heard() -> Recorder:
    return Recorder()


@pytest.fixture
def process(postgres: PostgresServer, valkey: Valkey, heard: Recorder) -> Iterator[Process]:
    """Return what starts one more process, as the settings make it."""
    started: list[AreaStore] = []

    def start() -> AreaStore:
        started.append(compose.area_store(_settings(postgres, valkey), heard))
        return started[-1]

    yield start
    for store in started:
        store.close()


def _settings(postgres: PostgresServer, valkey: Valkey) -> Settings:
    return Settings(
        atlas=DatabaseUrl.parse(postgres.url()), cache=CacheUrl.parse(valkey.url), db_reads=2
    )


def answered(areas: AreaStore, cell: int = KRUGER) -> tuple[FoundAreas | None, float]:
    """Return what a request gets, None where there is no area, and how long it took."""
    start_s = time.monotonic()
    try:
        found = areas.areas([cell], areas.release().name)
    except Unavailable:
        found = None
    return found, time.monotonic() - start_s


def at_last(ask: Callable[[], FoundAreas | None], tier: str | None = None) -> FoundAreas:
    """Return the first answer that has an area, from that tier where one is named.

    On a machine that is busy with other things the cache may miss its 0.2 s now and then, and the
    database its 0.28 s; what failed on purpose takes a while to be found again.
    """
    until_s = time.monotonic() + HANG_S
    while True:
        found = ask()
        if found is not None and tier in {None, found.tier}:
            return found
        assert time.monotonic() < until_s, "it never recovered"
        time.sleep(0.05)


def fresh(process: Process, cell: int = KRUGER) -> Callable[[], FoundAreas | None]:
    """Return what asks as a new process does, which has nothing in its memory."""
    return lambda: answered(process(), cell)[0]


def same(areas: AreaStore, cell: int = KRUGER) -> Callable[[], FoundAreas | None]:
    return lambda: answered(areas, cell)[0]


def test_what_the_cache_holds_is_served_while_the_database_is_dead(
    process: Process, postgres: PostgresServer
) -> None:
    at_last(fresh(process), "valkey")
    postgres.kill()

    found = at_last(fresh(process))
    missing, took_s = answered(process(), ATLANTIC)

    assert (found.records, found.tier) == ({KRUGER: KRUGER_RECORD}, "valkey")
    assert missing is None
    assert took_s < ANSWER_S
    postgres.start()
    assert at_last(fresh(process, ATLANTIC)).records == {ATLANTIC: ATLANTIC_RECORD}


def test_a_frozen_database_keeps_no_answer_waiting_and_is_found_once_it_thaws(
    process: Process, postgres: PostgresServer
) -> None:
    areas = process()
    at_last(same(areas, ATLANTIC))
    postgres.freeze()
    try:
        outcomes = [answered(areas) for _ in range(8)]
    finally:
        postgres.thaw()

    assert [found for found, _ in outcomes] == [None] * 8
    assert max(took_s for _, took_s in outcomes) < ANSWER_S
    assert at_last(same(areas)).records == {KRUGER: KRUGER_RECORD}


def test_without_the_cache_the_database_answers(process: Process, valkey: Valkey) -> None:
    areas = process()
    at_last(same(areas, ATLANTIC))
    valkey.kill()
    try:
        held, fresh_one = at_last(same(areas)), at_last(fresh(process))
    finally:
        valkey.restart()

    assert held.records == fresh_one.records == {KRUGER: KRUGER_RECORD}
    assert held.tier == fresh_one.tier == "database"
    assert at_last(fresh(process), "valkey").records == {KRUGER: KRUGER_RECORD}


def test_a_frozen_cache_costs_little_and_is_then_left_alone(
    process: Process, valkey: Valkey, heard: Recorder
) -> None:
    areas = process()
    at_last(same(areas, ATLANTIC))
    heard.events.clear()
    valkey.freeze()
    try:
        found, took_s = answered(areas)
        for cell in (1, 2, 3):
            at_last(same(areas, cell), "database")
    finally:
        valkey.thaw()

    opened = [fields["part"] for name, fields in heard.events if name == "breaker.opened"]
    assert found is None or found.tier == "database"
    assert took_s < ANSWER_S
    assert "valkey" in opened


def test_a_full_cache_gives_what_it_holds_and_takes_nothing_amiss(
    process: Process, valkey: Valkey
) -> None:
    at_last(fresh(process), "valkey")
    valkey.fill()
    try:
        held = at_last(fresh(process), "valkey")
        new = [at_last(fresh(process, ATLANTIC)) for _ in range(2)]
    finally:
        valkey.tell("CONFIG", "SET", "maxmemory", 0)

    assert held.records == {KRUGER: KRUGER_RECORD}
    assert [found.records for found in new] == [{ATLANTIC: ATLANTIC_RECORD}] * 2
    assert [found.tier for found in new] == ["database", "database"]


def test_a_flushed_cache_fills_itself_again(process: Process, valkey: Valkey) -> None:
    at_last(fresh(process), "valkey")
    valkey.flush()

    assert at_last(fresh(process)).tier == "database"
    assert at_last(fresh(process), "valkey").records == {KRUGER: KRUGER_RECORD}


def keys_in(valkey: Valkey) -> list[str]:
    return [key.decode() for key in cast("list[bytes]", valkey.admin.keys("*"))]


def poisons(key: str) -> list[bytes]:
    """Return values that a stranger may have laid down under a key."""
    forged = Entry(b"\xfa\x01\x00\x00garbage", time.time(), time.time() + 1e6)
    return [b"", b"\x80\x04N.", bytes(2_000), KRUGER_RECORD, pack(forged, key), pack(forged, "x")]


@pytest.mark.parametrize("number", range(6))
def test_whatever_stands_in_the_cache_the_answer_is_right(
    process: Process, valkey: Valkey, number: int
) -> None:
    def listed() -> FoundAreas | None:
        """Ask for the list of an area, as the website does; the names of its animals count."""
        areas = process()
        try:
            animals = animals_of(areas, KRUGER, 7)
        except Unavailable:
            return None
        assert [resident.taxon for resident in animals.residents] == [LION]
        return areas.areas([KRUGER], animals.release.name)

    at_last(listed)
    keys = keys_in(valkey)
    for key in keys:
        valkey.admin.set(key, poisons(key)[number])

    at_last(listed)

    assert any(key.endswith(":release") for key in keys)
    assert any(":taxa:" in key for key in keys)
    assert at_last(fresh(process), "valkey").records == {KRUGER: KRUGER_RECORD}


def test_a_key_of_another_type_is_a_miss(process: Process, valkey: Valkey) -> None:
    at_last(fresh(process), "valkey")
    for key in keys_in(valkey):
        valkey.admin.delete(key)
        valkey.admin.rpush(key, "x")

    assert at_last(fresh(process)).records == {KRUGER: KRUGER_RECORD}
    assert at_last(fresh(process), "valkey").records == {KRUGER: KRUGER_RECORD}


def test_flips_and_roll_backs_under_load_mix_no_answer_and_fail_none(
    postgres: PostgresServer, valkey: Valkey, tmp_path: Path
) -> None:
    """Two releases of which each calls the other's record its own: a mixed answer shows."""
    other = replace(
        CONTENT,
        release=replace(RELEASE, name="the-other-way-round"),
        cells={KRUGER: CONTENT.cells[ATLANTIC], ATLANTIC: CONTENT.cells[KRUGER]},
    )
    right = {
        RELEASE.name: {KRUGER: KRUGER_RECORD, ATLANTIC: ATLANTIC_RECORD},
        other.release.name: {KRUGER: ATLANTIC_RECORD, ATLANTIC: KRUGER_RECORD},
    }
    stop = threading.Event()
    answers: list[tuple[str, bool | None]] = []

    def load() -> None:
        while not stop.is_set():
            with closing(compose.area_store(_settings(postgres, valkey))) as areas:
                name = ""
                try:
                    name = areas.release().name
                    records = areas.areas([KRUGER, ATLANTIC], name).records
                except Unavailable:
                    answers.append((name, None))
                else:
                    answers.append((name, records == right[name]))

    cache = compose.cache(_settings(postgres, valkey), Recorder())
    assert cache is not None
    told = database(postgres.url(), lambda name: announce(cache, name))
    publish_file(other, tmp_path / "other.sqlite", check=lambda _: None)
    with ThreadPoolExecutor(3) as pool, closing(cache):
        loads = [pool.submit(load) for _ in range(3)]
        try:
            publish(tmp_path / "other.sqlite", told)
            for _ in range(6):
                time.sleep(0.2)
                roll_back(told)
        finally:
            stop.set()
        for future in loads:
            future.result(HANG_S)

    assert {name for name, is_right in answers if is_right} == set(right)
    assert [answer for answer in answers if answer[1] is False] == []
    # On a machine that is busy with other things the database may miss its 0.28 s.
    assert sum(is_right is None for _, is_right in answers) <= len(answers) // 20
