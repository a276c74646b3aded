"""Whatever fails behind it, a photo is answered, its status is true, and it recovers by itself.

The pipeline runs in this process; PostgreSQL and Valkey are real, behind proxies.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from cloud.data_tier import DataTier
from cloud.release import roll_back
from fieldmark.adapters.postgres_connection import Patience
from fieldmark.atlas.content import read_content
from fieldmark.atlas.publish import publish_file
from fieldmark.compose import STARTER_ATLAS
from fieldmark.domain.answer import Answer
from served import until
from tier_faults import (
    asleep,
    dropping_queries,
    frozen,
    frozen_valkey,
    full,
    killed,
    refusing,
    saying,
    turning_away,
    without_valkey,
)
from tiered_pipeline import Pipeline, pipeline

IN_SERVICE = Patience()
"""What the service itself has: where a server is silent, each wait costs this much."""

WHILE_WAKING = Patience(connect_s=0.6, query_s=0.6, whole_s=0.7)
"""So that a slow machine reads within it; the first answer is still there within a second."""

LIMIT_S = 5.0
"""Far more than any answer may take here, and far less than a client without limits would."""


@pytest.fixture(autouse=True)
def _empty_cache(tier: DataTier) -> None:
    tier.valkey.flush()


def asked(one: Pipeline, place: int | None = None) -> Answer:
    """Ask, and hold the answer to its time."""
    start_s = time.monotonic()
    answer = one.ask(place)
    assert time.monotonic() - start_s < LIMIT_S
    return answer


def recovers(one: Pipeline, tier: str) -> bool:
    """Return whether, request by request, areas are read again, and from where they should be."""
    return until(lambda: one.ask().area.tier == tier)


def is_without_area(answer: Answer) -> bool:
    """Return whether the photo alone answered, and the answer says so."""
    area = answer.area
    return (
        (area.status, area.tier, area.animals) == ("unavailable", "none", None)
        and answer.best is not None
        and any(note.code.startswith("area-") for note in answer.notes)
    )


def test_areas_come_from_the_database_then_valkey_then_memory(tier: DataTier) -> None:
    with pipeline(tier) as first, pipeline(tier) as second:
        tiers = [one.ask(0).area.tier for one in (first, second, second)]

    assert tiers == ["database", "valkey", "memory"]


Fault = Callable[[DataTier], AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [killed, refusing, turning_away, dropping_queries])
def test_a_database_that_fails_costs_new_areas_only_and_is_left_alone(
    tier: DataTier, fault: Fault
) -> None:
    with pipeline(tier) as known, pipeline(tier) as other:
        known.ask(40)
        other.ask(41)

        with fault(tier):
            without = [asked(other) for _ in range(12)]
            reads = other.told("database.read", what="areas")
            with_area = [asked(known, 40).area.tier, asked(other, 40).area.tier]

        assert all(map(is_without_area, without))
        assert with_area == ["memory", "valkey"]
        assert reads <= 6
        assert other.told("breaker.opened", part="database") == 1
        assert recovers(other, "database")


def test_for_a_frozen_database_one_request_waits_and_the_others_do_not(tier: DataTier) -> None:
    with pipeline(tier, IN_SERVICE) as one, ThreadPoolExecutor(8) as threads:
        assert recovers(one, "database")

        with frozen(tier):
            without = [asked(one)]
            taken = tier.to_postgres.taken
            at_once = [threads.submit(asked, one) for _ in range(8)]
            without += [each.result() for each in at_once]
            tried = tier.to_postgres.taken - taken

        assert all(map(is_without_area, without))
        assert tried <= 4
        assert recovers(one, "database")


def test_the_first_request_after_a_wake_of_twenty_seconds_gets_the_area(tier: DataTier) -> None:
    with pipeline(tier, WHILE_WAKING) as one:
        assert recovers(one, "database")
        place = next(one.places)

        with asleep(tier):
            awake_s = time.monotonic() + 20.0
            meanwhile = [asked(one, place)]
            while time.monotonic() < awake_s:
                time.sleep(0.5)
                meanwhile.append(asked(one, place))
        after = asked(one, place)

        assert all(map(is_without_area, meanwhile))
        assert meanwhile[0].timing_ms["area"] < 1000.0
        assert "waking up" in meanwhile[0].notes[0].text
        assert after.area.tier == "database"


def closes(one: Pipeline) -> bool:
    """Return whether, request by request, the breaker before Valkey closes again."""
    return until(lambda: one.ask() is not None and one.told("breaker.closed", part="valkey") > 0)


def test_a_killed_valkey_is_left_alone_while_the_database_answers(tier: DataTier) -> None:
    with pipeline(tier) as one:
        one.ask()

        with without_valkey(tier):
            connections = tier.valkey.proxy.connections
            tiers = {asked(one).area.tier for _ in range(12)}
            tried = tier.valkey.proxy.connections - connections

        assert tiers == {"database"}
        assert one.told("breaker.opened", part="valkey") == 1
        assert tried <= 8
        assert closes(one)


def test_a_frozen_valkey_costs_one_wait_and_then_the_breaker_is_open(tier: DataTier) -> None:
    with pipeline(tier) as one:
        one.ask()

        with frozen_valkey(tier):
            requests = tier.valkey.proxy.requests
            first = asked(one)
            tried = tier.valkey.proxy.requests - requests
            tiers = {asked(one).area.tier for _ in range(5)}

        assert first.area.tier == "database"
        assert tried == 1
        assert one.told("breaker.opened", part="valkey") == 1
        assert tiers == {"database"}
        assert closes(one)


def test_a_connection_that_valkey_drops_is_opened_anew_unnoticed(tier: DataTier) -> None:
    with pipeline(tier) as one, pipeline(tier) as other:
        one.ask(0)
        other.ask(1)

        tier.valkey.proxy.drop()

        assert asked(other, 0).area.tier == "valkey"
        assert other.told("cache.failed") == 0


async def cut(said: bytes) -> AsyncIterator[bytes]:
    if said:
        raise ConnectionError
    yield said


def test_a_valkey_that_drops_every_answer_is_done_without(tier: DataTier) -> None:
    with pipeline(tier) as one:
        one.ask()

        with saying(tier, cut):
            tiers = {asked(one).area.tier for _ in range(8)}

        assert tiers == {"database"}
        assert one.told("breaker.opened", part="valkey") == 1
        assert closes(one)


def test_a_full_valkey_still_gives_what_it_holds(tier: DataTier) -> None:
    with pipeline(tier) as one, pipeline(tier) as other:
        one.ask(0)

        with full(tier):
            tiers = [asked(other, place).area.tier for place in (0, 1, 2)]

        assert tiers == ["valkey", "database", "database"]
        assert other.told("breaker.opened") == 0
        asked(one, 3)
        assert asked(other, 3).area.tier == "valkey"


def test_a_valkey_that_sends_everybody_elsewhere_is_done_without(tier: DataTier) -> None:
    async def moved(_: bytes) -> AsyncIterator[bytes]:
        yield f"-MOVED 1 127.0.0.1:{tier.valkey.proxy.port}\r\n".encode()

    with pipeline(tier) as one, pipeline(tier) as other:
        one.ask()

        with saying(tier, moved):
            tiers = {asked(one).area.tier for _ in range(6)}

        assert tiers == {"database"}
        assert one.told("cache.failed") > 0
        assert until(lambda: other.ask(one_of(one)).area.tier == "valkey")


def one_of(other: Pipeline) -> int:
    """Let another process read one more place, and return which."""
    number = next(other.places)
    other.ask(number)
    return number


def test_a_flushed_valkey_is_filled_again(tier: DataTier) -> None:
    with pipeline(tier) as one, pipeline(tier) as other, pipeline(tier) as third:
        one.ask(0)

        tier.valkey.flush()

        assert asked(other, 0).area.tier == "database"
        assert asked(third, 0).area.tier == "valkey"


def swapped(values: list[bytes]) -> list[bytes]:
    return values[1:] + values[:1]


def torn(values: list[bytes]) -> list[bytes]:
    return [value[: len(value) // 2] for value in values]


def foreign(values: list[bytes]) -> list[bytes]:
    return [b"\x80\x04cposix\nsystem\n" for _ in values]


@pytest.mark.parametrize("poison", [swapped, torn, foreign])
def test_a_poisoned_value_is_a_miss_and_is_replaced(
    tier: DataTier, poison: Callable[[list[bytes]], list[bytes]]
) -> None:
    with pipeline(tier) as one, pipeline(tier) as other, pipeline(tier) as third:
        right = [one.ask(place) for place in range(3)]
        admin = tier.valkey.admin
        keys = sorted(cast("list[bytes]", admin.keys("*")))
        values = [cast(bytes, admin.get(key)) for key in keys]
        for key, value in zip(keys, poison(values), strict=True):
            admin.set(key, value, ex=600)

        found = [asked(other, place) for place in range(3)]
        healed = [asked(third, place) for place in range(3)]

        assert {answer.area.tier for answer in found} == {"database"}
        assert [animals(a) for a in found] == [animals(a) for a in right]
        assert other.told("cache.damaged") > 0
        assert {answer.area.tier for answer in healed} == {"valkey"}
        assert [animals(a) for a in healed] == [animals(a) for a in right]


def animals(answer: Answer) -> tuple[str | None, int | None]:
    return answer.area.atlas, answer.area.animals


def test_a_release_flipped_under_load_fails_and_mixes_nothing(
    tier: DataTier, tmp_path: Path
) -> None:
    places = range(12)
    before = read_content(STARTER_ATLAS)
    after = replace(
        before,
        release=replace(before.release, name="starter-2026.12"),
        records=[max(before.records, key=len)],
        cells=dict.fromkeys(before.cells, 0),
    )
    publish_file(after, tmp_path / "after.sqlite", check=lambda _: None)
    with pipeline(tier) as one:
        expected = {animals(one.ask(place)) for place in places}
    answers: list[Answer] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            with pipeline(tier) as one:  # fresh memory, so that each asks for the pointer
                answers.extend(one.ask(place) for place in places)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        tier.publish(tmp_path / "after.sqlite")
        with pipeline(tier) as one:
            flipped = {animals(one.ask(place)) for place in places}
        roll_back(tier.database, tier.valkey.url)
        with pipeline(tier) as one:
            rolled_back = {animals(one.ask(place)) for place in places}
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert len(flipped) == 1
    assert {name for name, _ in flipped} == {"starter-2026.12"}
    assert rolled_back == expected
    assert {animals(answer) for answer in answers} <= expected | flipped
    assert len(answers) > 3 * len(places)
