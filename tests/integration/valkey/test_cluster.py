"""The shared cache on a cluster of several nodes."""

from collections.abc import Iterator
from functools import partial
from typing import cast

import pytest

from cloud.valkey_server import Authority, Valkey, valkey_cluster
from fieldmark.errors import Unavailable
from fieldmark.ports import Cache
from valkey_clients import (
    ENTRIES,
    KEYS,
    client,
    outcome,
    requests,
)


@pytest.fixture(scope="module")
def nodes(authority: Authority) -> Iterator[list[Valkey]]:
    """Three nodes behind TLS that share the slots; whoever moves one moves it back."""
    with valkey_cluster(authority) as running:
        yield running


def test_keys_are_found_on_whichever_node_they_are(nodes: list[Valkey]) -> None:
    with client(nodes[0]) as cache:
        cache.set_many(ENTRIES, 60.0)
        assert cache.get_many(KEYS) == ENTRIES
        assert cache.add_many({"lock": b"1", KEYS[0]: b"1"}, 60.0) == {"lock"}

    held = [len(cast("list[bytes]", node.admin.keys("release/*"))) for node in nodes]
    assert sum(held) == len(KEYS)
    assert all(held)
    for node in nodes:
        node.flush()


def test_where_a_key_is_is_learnt_once_and_then_asked_there(nodes: list[Valkey]) -> None:
    with client(nodes[0]) as cache:
        cache.get_many(KEYS)

        asked = [node.proxy.requests for node in nodes]
        cache.get_many(KEYS)

    assert [node.proxy.requests - before for node, before in zip(nodes, asked, strict=True)] == [
        1,
        1,
        1,
    ]


def test_a_slot_on_its_way_is_asked_where_it_goes_and_then_found_there(nodes: list[Valkey]) -> None:
    here, there = nodes[0], nodes[1]
    names = [str(node.tell("CLUSTER", "MYID").decode()) for node in (here, there)]
    key, slot = _key_of(here)
    with client(here) as cache:
        there.tell("CLUSTER", "SETSLOT", slot, "IMPORTING", names[0])
        here.tell("CLUSTER", "SETSLOT", slot, "MIGRATING", names[1])

        cache.set_many({key: b"1"}, 60.0)  # here it is not yet: ASK
        assert cache.get_many([key]) == {key: b"1"}

        for node in (there, here):
            node.tell("CLUSTER", "SETSLOT", slot, "NODE", names[1])
        assert cache.get_many([key]) == {key: b"1"}  # MOVED
        assert requests(there, lambda: cache.get_many([key])) == 1

        there.flush()
        for node in (here, there):
            node.tell("CLUSTER", "SETSLOT", slot, "NODE", names[0])
        assert cache.get_many([key]) == {}


def _key_of(node: Valkey) -> tuple[str, int]:
    """Return a key that the first node holds, and its slot."""
    for number in range(1000):
        slot = int(node.tell("CLUSTER", "KEYSLOT", f"key {number}"))
        if slot < 5000:
            return f"key {number}", slot
    raise AssertionError


def test_a_node_that_is_killed_takes_its_keys_along_and_no_more(authority: Authority) -> None:
    with valkey_cluster(authority) as nodes:
        for node in nodes:
            node.admin.config_set("cluster-require-full-coverage", "no")
        with client(nodes[0]) as cache:
            cache.set_many(ENTRIES, 600.0)
            nodes[2].kill()

            with pytest.raises(Unavailable):
                cache.get_many(KEYS)
            found = [key for key in KEYS if outcome(partial(_has, cache, key)) is True]
            assert 0 < len(found) < len(KEYS)


def _has(cache: Cache, key: str) -> bool:
    return key in cache.get_many([key])
