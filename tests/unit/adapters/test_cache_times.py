"""Times of caches: sensible ones alone, and jitter within its share."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fieldmark.adapters.cache_times import IN_MEMORY, SHARED, CacheTimes, Lifetime, Surroundings

_MAX_TTL_S = 30 * 86400.0
"""What the cache takes."""


@given(some.floats(0.0, 1.0), some.floats(0.001, 1e9))
def test_a_span_stays_within_its_jitter(drawn: float, span_s: float) -> None:
    about_s = Surroundings(chance=lambda: drawn).about(span_s, 0.15)

    assert 0.849 * span_s <= about_s <= 1.151 * span_s


@pytest.mark.parametrize(("fresh_s", "kept_s"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0)])
def test_no_entry_is_fresh_for_nothing_or_for_longer_than_it_is_kept(
    fresh_s: float, kept_s: float
) -> None:
    with pytest.raises(ValueError, match="fresh"):
        Lifetime(fresh_s, kept_s)


@pytest.mark.parametrize("jitter", [-0.1, 1.0])
def test_jitter_that_could_make_a_span_nothing_is_refused(jitter: float) -> None:
    life = Lifetime(1.0, 1.0)

    with pytest.raises(ValueError, match="jitter"):
        CacheTimes(life, life, jitter=jitter)


def test_nothing_is_kept_for_longer_than_the_shared_cache_takes() -> None:
    for life in (SHARED.feature, SHARED.pointer):
        assert life.kept_s * (1.0 + SHARED.jitter) <= _MAX_TTL_S


def test_who_waits_in_memory_outlasts_who_waits_for_the_shared_cache() -> None:
    assert IN_MEMORY.wait_s > SHARED.wait_s
