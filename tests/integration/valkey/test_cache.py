"""The shared cache on a real server: what it sends, and what it keeps."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import cast

import pytest

from cloud.valkey_server import Valkey
from fieldmark import compose
from fieldmark.settings import CacheUrl, Settings
from valkey_clients import (
    ENTRIES,
    KEYS,
    client,
    eventually,
    requests,
)

MIB = 1024 * 1024


def test_many_keys_take_one_round_trip(alone: Valkey) -> None:
    with client(alone) as cache:
        assert requests(alone, lambda: cache.set_many(ENTRIES, 60.0)) == 1
        assert requests(alone, lambda: cache.get_many(KEYS)) == 1
        assert requests(alone, lambda: cache.add_many(ENTRIES, 60.0)) == 1
        assert requests(alone, lambda: cache.get_many([])) == 0
        assert requests(alone, lambda: cache.set_many({}, 60.0)) == 0


def test_the_first_call_costs_one_connection_and_one_round_trip(valkey_serverless: Valkey) -> None:
    before = valkey_serverless.proxy.connections
    with client(valkey_serverless) as cache:
        assert requests(valkey_serverless, lambda: cache.get_many(KEYS)) == 1
        cache.get_many(KEYS)

    assert valkey_serverless.proxy.connections == before + 1


@pytest.mark.parametrize("ttl_s", [60.0, 0.2501, 0.0, -1.0, float("inf")])
def test_every_entry_has_a_time_to_live(alone: Valkey, ttl_s: float) -> None:
    with client(alone) as cache:
        cache.set_many({"set": b"1"}, ttl_s)
        cache.add_many({"added": b"1"}, ttl_s)

    lives_ms = [cast("int", alone.admin.pttl(key)) for key in ("set", "added")]
    # -2 is gone, -1 would be for ever
    assert all(life_ms == -2 or 0 <= life_ms <= 30 * 86_400_000 for life_ms in lives_ms)


def test_the_makers_own_client_reads_what_was_kept(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many({"löwe/{a}\r\n": b"\x00\r\n$-1\r\n"}, 60.0)

    assert alone.admin.get("löwe/{a}\r\n") == b"\x00\r\n$-1\r\n"


def test_a_value_of_a_mebibyte_is_kept_and_a_larger_one_is_not(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many({"fits": b"x" * MIB, "larger": b"x" * (MIB + 1)}, 60.0)
        assert cache.add_many({"larger too": b"x" * (MIB + 1)}, 60.0) == {"larger too"}

        assert cache.get_many(["fits", "larger", "larger too"]) == {"fits": b"x" * MIB}

    assert alone.admin.exists("larger", "larger too") == 0


def test_keys_that_are_too_long_are_not_kept(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many({"k" * 1025: b"1", "k" * 1024: b"2"}, 60.0)
        assert cache.add_many({"l" * 1025: b"1"}, 60.0) == {"l" * 1025}

        assert cache.get_many(["k" * 1025, "k" * 1024]) == {"k" * 1024: b"2"}

    assert alone.admin.dbsize() == 1


def test_a_foreign_value_that_is_too_large_is_absent_and_the_cache_goes_on(alone: Valkey) -> None:
    alone.admin.set("foreign", b"x" * (MIB + 1))
    with client(alone) as cache:
        cache.set_many({"a": b"1", "z": b"2"}, 60.0)

        assert cache.get_many(["a", "foreign"]) == {"a": b"1"}
        assert cache.get_many(["a", "z"]) == {"a": b"1", "z": b"2"}


def test_a_foreign_list_under_a_key_is_absent_and_can_be_replaced(alone: Valkey) -> None:
    alone.admin.lpush("a", "1")
    with client(alone) as cache:
        assert cache.get_many(["a"]) == {}
        cache.set_many({"a": b"1"}, 60.0)
        assert cache.get_many(["a"]) == {"a": b"1"}


def test_threads_open_no_more_connections_than_may_be_in_use(alone: Valkey) -> None:
    before = alone.proxy.connections
    with client(alone, at_once=2) as cache:
        cache.set_many(ENTRIES, 60.0)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: cache.get_many(KEYS), range(100)))

    assert answers == [ENTRIES] * 100
    assert alone.proxy.connections - before <= 2


def test_a_cache_that_was_closed_opens_again_when_it_is_asked(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many({"a": b"1"}, 60.0)
        cache.close()

        assert cache.get_many(["a"]) == {"a": b"1"}


def test_the_settings_lead_to_the_server(valkey_serverless: Valkey) -> None:
    valkey_serverless.flush()
    cache = compose.cache(Settings(cache=CacheUrl.parse(valkey_serverless.url)))
    assert cache is not None

    with closing(cache):
        eventually(lambda: cache.set_many(ENTRIES, 600.0))
        eventually(lambda: cache.get_many(KEYS))

    assert valkey_serverless.admin.dbsize() == len(ENTRIES)
