"""The memory cache: bounded by bytes, least recently used first out."""

from hypothesis import given
from hypothesis import strategies as st

from fieldmark.adapters.memory_cache import MemoryCache

ENTRY_BYTES = 1 + 20 + 280


def test_the_least_recently_used_goes_first() -> None:
    cache = MemoryCache(max_bytes=2 * ENTRY_BYTES)
    cache.set_many({"a": bytes(20)}, ttl_s=60.0)
    cache.set_many({"b": bytes(20)}, ttl_s=60.0)
    cache.get_many(["a"])

    cache.set_many({"c": bytes(20)}, ttl_s=60.0)

    assert set(cache.get_many(["a", "b", "c"])) == {"a", "c"}


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache = MemoryCache(max_bytes=100)

    cache.set_many({"a": bytes(1000)}, ttl_s=60.0)

    assert cache.get_many(["a"]) == {}
    assert cache.size_bytes == 0


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 400)), max_size=60))
def test_it_never_holds_more_than_it_may(writes: list[tuple[str, int]]) -> None:
    cache = MemoryCache(max_bytes=1_500)

    for key, size in writes:
        cache.set_many({key: bytes(size)}, ttl_s=60.0)

        held = cache.get_many(list("abcdef"))
        assert cache.size_bytes == sum(1 + len(value) + 280 for value in held.values())
        assert cache.size_bytes <= 1_500
