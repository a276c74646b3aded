"""What every Cache promises, on the fake and on each adapter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes import Clock, FakeCache
from fieldmark.adapters.circuit_breaker import CircuitBreaker, GuardedCache
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.ports import Cache


def _memory(clock: Clock) -> Cache:
    return MemoryCache(max_bytes=1_000_000, clock=clock)


def _guarded(clock: Clock) -> Cache:
    return GuardedCache(FakeCache(clock), CircuitBreaker("the fake"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[FakeCache, _memory, _guarded])
def cache(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Cache]:
    make: Callable[[Clock], Cache] = request.param
    cache = make(clock)
    yield cache
    cache.close()


def test_what_was_set_is_there(cache: Cache) -> None:
    cache.set_many({"a": b"1", "b": b"2"}, ttl_s=60.0)

    assert cache.get_many(["a", "b"]) == {"a": b"1", "b": b"2"}


def test_what_was_not_set_is_absent(cache: Cache) -> None:
    cache.set_many({"a": b"1"}, ttl_s=60.0)

    assert cache.get_many(["a", "z"]) == {"a": b"1"}
    assert cache.get_many([]) == {}


def test_setting_again_replaces_value_and_time(cache: Cache, clock: Clock) -> None:
    cache.set_many({"a": b"old"}, ttl_s=10.0)
    cache.set_many({"a": b"new"}, ttl_s=60.0)
    clock.now_s += 30.0

    assert cache.get_many(["a"]) == {"a": b"new"}


def test_an_entry_is_gone_when_its_time_is_up(cache: Cache, clock: Clock) -> None:
    cache.set_many({"a": b"1"}, ttl_s=60.0)

    clock.now_s += 59.0
    assert cache.get_many(["a"]) == {"a": b"1"}
    clock.now_s += 1.0
    assert cache.get_many(["a"]) == {}


def test_of_many_who_add_a_key_at_once_one_is_told_so(cache: Cache) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: cache.add("lock", str(n).encode(), 60.0), range(40)))

    assert told.count(True) == 1
    assert cache.get_many(["lock"]) == {"lock": str(told.index(True)).encode()}


def test_what_was_added_can_be_added_again_when_its_time_is_up(cache: Cache, clock: Clock) -> None:
    assert cache.add("lock", b"1", ttl_s=10.0)
    clock.now_s += 9.0
    assert not cache.add("lock", b"2", ttl_s=10.0)
    clock.now_s += 1.0
    assert cache.add("lock", b"3", ttl_s=10.0)


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
