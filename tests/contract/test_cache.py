"""What every Cache promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from cloud.valkey_server import Valkey
from fakes import Clock, FakeCache
from fieldmark.adapters.circuit_breaker import CircuitBreaker, GuardedCache
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.valkey_cache import ValkeyCache
from fieldmark.ports import Cache

PATIENT_S = 10.0
"""A busy machine is slow at times, and these tests are about other things."""


@dataclass
class Stand:
    """A cache, and what makes its entries older."""

    cache: Cache
    pass_time: Callable[[float], None]


def _fake(clock: Clock) -> Cache:
    return FakeCache(clock)


def _memory(clock: Clock) -> Cache:
    return MemoryCache(max_bytes=1_000_000, clock=clock)


def _guarded(clock: Clock) -> Cache:
    return GuardedCache(FakeCache(clock), CircuitBreaker("the fake"))


def _stand(request: pytest.FixtureRequest) -> Stand:
    if isinstance(request.param, str):
        server: Valkey = request.getfixturevalue(request.param)
        server.flush()
        return Stand(ValkeyCache(server.address(), PATIENT_S), server.pass_time)
    clock = Clock()
    return Stand(request.param(clock), clock.pass_time)


@pytest.fixture(params=[_fake, _memory, _guarded, "valkey_alone", "valkey_serverless"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    stand = _stand(request)
    yield stand
    stand.cache.close()


@pytest.fixture
def cache(stand: Stand) -> Cache:
    return stand.cache


def test_what_was_set_is_there(cache: Cache) -> None:
    cache.set_many({"a": b"1", "b": b"2"}, ttl_s=60.0)

    assert cache.get_many(["a", "b"]) == {"a": b"1", "b": b"2"}


def test_what_was_not_set_is_absent(cache: Cache) -> None:
    cache.set_many({"a": b"1"}, ttl_s=60.0)

    assert cache.get_many(["a", "z"]) == {"a": b"1"}
    assert cache.get_many([]) == {}


def test_setting_again_replaces_value_and_time(stand: Stand) -> None:
    stand.cache.set_many({"a": b"old"}, ttl_s=10.0)
    stand.cache.set_many({"a": b"new"}, ttl_s=60.0)
    stand.pass_time(30.0)

    assert stand.cache.get_many(["a"]) == {"a": b"new"}


def test_an_entry_is_gone_when_its_time_is_up(stand: Stand) -> None:
    stand.cache.set_many({"a": b"1"}, ttl_s=60.0)

    stand.pass_time(50.0)
    assert stand.cache.get_many(["a"]) == {"a": b"1"}
    stand.pass_time(10.0)
    assert stand.cache.get_many(["a"]) == {}


def add(cache: Cache, value: bytes) -> bool:
    return cache.add_many({"lock": value}, ttl_s=60.0) == {"lock"}


def test_of_many_who_add_a_key_at_once_one_is_told_so(cache: Cache) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: add(cache, str(n).encode()), range(40)))

    assert told.count(True) == 1
    assert cache.get_many(["lock"]) == {"lock": str(told.index(True)).encode()}


def test_what_was_added_can_be_added_again_when_its_time_is_up(stand: Stand) -> None:
    assert add(stand.cache, b"1")
    stand.pass_time(50.0)
    assert not add(stand.cache, b"2")
    stand.pass_time(10.0)
    assert add(stand.cache, b"3")


def test_of_several_keys_those_are_added_that_are_not_there(cache: Cache) -> None:
    cache.set_many({"a": b"1"}, ttl_s=60.0)

    assert cache.add_many({"a": b"2", "b": b"2", "c": b"2"}, ttl_s=60.0) == {"b", "c"}
    assert cache.get_many(["a", "b", "c"]) == {"a": b"1", "b": b"2", "c": b"2"}
    assert cache.add_many({}, ttl_s=60.0) == set()


def test_bytes_come_back_as_they_were(cache: Cache) -> None:
    cache.set_many({"empty": b"", "all": bytes(range(256))}, ttl_s=60.0)

    assert cache.get_many(["empty", "all"]) == {"empty": b"", "all": bytes(range(256))}


def test_threads_may_share_a_cache(cache: Cache) -> None:
    def work(number: int) -> bytes | None:
        cache.set_many({f"key {number}": str(number).encode()}, ttl_s=60.0)
        return cache.get_many([f"key {number}"]).get(f"key {number}")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == [str(n).encode() for n in range(200)]


def test_closing_twice_does_no_harm(cache: Cache) -> None:
    cache.close()
    cache.close()
