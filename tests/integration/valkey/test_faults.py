"""The shared cache on real servers that fail: what that costs, and how it comes back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event, Thread
from time import monotonic

import pytest

from cloud.proxy import unaltered
from cloud.valkey_server import Valkey, cluster_config, valkey_server
from fieldmark.adapters import valkey_connection
from fieldmark.adapters.circuit_breaker import CircuitBreaker, GuardedCache
from fieldmark.adapters.valkey_cache import Address, Node, ValkeyCache
from fieldmark.errors import Full, Unavailable
from valkey_clients import (
    ENTRIES,
    HANG_S,
    IMPATIENT_S,
    KEYS,
    PATIENT_S,
    client,
    eventually,
    outcome,
)


def test_a_server_that_is_killed_is_unavailable_until_it_is_back(server: Valkey) -> None:
    with client(server) as cache:
        cache.set_many(ENTRIES, 60.0)
        server.kill()

        for _ in range(3):
            with pytest.raises(Unavailable):
                cache.get_many(KEYS)
        server.restart()
        cache.set_many(ENTRIES, 60.0)

        assert cache.get_many(KEYS) == ENTRIES


def test_a_frozen_server_costs_its_timeout_once_and_then_nothing(server: Valkey) -> None:
    breaker = CircuitBreaker("the cache")
    with client(server, IMPATIENT_S) as bare:
        cache = GuardedCache(bare, breaker)
        eventually(lambda: cache.set_many({"a": b"1"}, 600.0))
        server.freeze()
        began_s = monotonic()

        with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
            cache.get_many(KEYS)
        assert monotonic() - began_s < HANG_S
        assert breaker.is_open

        def many() -> None:
            for _ in range(100):
                with pytest.raises(Unavailable, match="is left alone"):
                    cache.get_many(KEYS)

        frozen_at = server.proxy.connections
        many()
        assert server.proxy.connections == frozen_at

        server.thaw()
        eventually(lambda: cache.get_many(["a"]))
        assert not breaker.is_open


def test_a_connection_that_was_dropped_between_two_calls_is_replaced_once(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many(ENTRIES, 60.0)
        before = alone.proxy.connections
        alone.proxy.drop()

        assert cache.get_many(KEYS) == ENTRIES
        assert alone.proxy.connections == before + 1


def test_a_connection_that_the_server_itself_closed_is_replaced(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many(ENTRIES, 60.0)
        alone.tell("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        assert cache.get_many(KEYS) == ENTRIES


def test_a_connection_dropped_in_the_middle_of_a_reply_is_replaced_once(server: Valkey) -> None:
    async def half(data: bytes) -> AsyncIterator[bytes]:
        server.proxy.alter = unaltered
        yield data[: len(data) // 2]
        raise ConnectionError

    with client(server) as cache:
        cache.set_many(ENTRIES, 60.0)
        server.proxy.alter = half

        assert cache.get_many(KEYS) == ENTRIES
        assert server.proxy.connections == 2


def test_a_server_that_always_drops_is_tried_twice_and_no_more(server: Valkey) -> None:
    async def half(data: bytes) -> AsyncIterator[bytes]:
        yield data[: len(data) // 2]
        raise ConnectionError

    with client(server) as cache:
        cache.set_many(ENTRIES, 60.0)
        server.proxy.alter = half

        with pytest.raises(Unavailable):
            cache.get_many(KEYS)
        assert server.proxy.connections == 2

        server.proxy.alter = unaltered
        assert cache.get_many(KEYS) == ENTRIES


def test_a_server_that_trickles_is_given_up_at_the_deadline_of_the_call(server: Valkey) -> None:
    async def trickle(data: bytes) -> AsyncIterator[bytes]:
        for place in range(len(data)):
            yield data[place : place + 1]
            await asyncio.sleep(0.05)

    with client(server, IMPATIENT_S) as cache:
        eventually(lambda: cache.set_many(ENTRIES, 600.0))
        server.proxy.alter = trickle
        began_s = monotonic()

        with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
            cache.get_many(KEYS)
        assert monotonic() - began_s < HANG_S  # byte by byte the answer would take an hour

        server.proxy.alter = unaltered
        eventually(lambda: cache.get_many(KEYS))


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00" * 10_000,
        b"$99999999999999999999\r\n",
        b"$-7\r\n",
        b"$3\r\nlonger\r\n",
        b":twelve\r\n",
        b"*2\r\n$1\r\na\r\n$1\r\nb\r\n",
        b"-MOVED somewhere\r\n",
        b"-MOVED 5 ?:0\r\n",
        b"-MOVED 99999 127.0.0.1:6379\r\n",
        b"-ASK 5 127.0.0.1:99999\r\n",
        b"+OK\r\n" * 3,
    ],
)
def test_garbage_on_the_wire_is_no_answer(server: Valkey, garbage: bytes) -> None:
    async def instead(_: bytes) -> AsyncIterator[bytes]:
        yield garbage

    with client(server) as cache:
        cache.set_many({"a": b"1"}, 60.0)
        server.proxy.alter = instead

        told = outcome(lambda: dict(cache.get_many(["a"])))
        assert told in (Unavailable, {})

        server.proxy.alter = unaltered
        assert cache.get_many(["a"]) == {"a": b"1"}


def test_bytes_that_came_unasked_are_not_taken_for_the_next_answer(server: Valkey) -> None:
    async def twice(data: bytes) -> AsyncIterator[bytes]:
        yield data + b"$5\r\nwrong\r\n"

    with client(server) as cache:
        cache.set_many({"a": b"1", "b": b"2"}, 60.0)
        server.proxy.alter = twice
        cache.get_many(["a"])

        assert cache.get_many(["b"]) == {"b": b"2"}


def test_no_thread_is_given_what_another_asked_for_while_connections_are_dropped(
    server: Valkey,
) -> None:
    with client(server, at_once=4) as cache:
        cache.set_many(ENTRIES, 600.0)
        done = Event()

        def ask(number: int) -> int:
            keys, answers = KEYS[number::8], 0
            while not done.is_set():
                found = outcome(lambda: dict(cache.get_many(keys)))
                if found is not Unavailable:
                    assert found == {key: ENTRIES[key] for key in keys}
                    answers += 1
            return answers

        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(ask, number) for number in range(8)]
            try:
                for _ in range(30):
                    server.proxy.drop()
                    done.wait(0.01)
            finally:
                done.set()
            assert all(each.result() for each in asking)


def test_a_full_server_refuses_values_and_still_gives_what_it_holds(server: Valkey) -> None:
    breaker = CircuitBreaker("the cache")
    with client(server) as bare:
        cache = GuardedCache(bare, breaker)
        cache.set_many(ENTRIES, 60.0)
        server.fill()

        for _ in range(9):
            with pytest.raises(Full, match="OOM"):
                cache.set_many({"more": b"1"}, 60.0)
        with pytest.raises(Full):
            cache.add_many({"lock": b"1"}, 60.0)

        assert cache.get_many(KEYS) == ENTRIES
        assert not breaker.is_open


def test_a_flushed_server_holds_nothing_and_takes_what_comes(alone: Valkey) -> None:
    with client(alone) as cache:
        cache.set_many(ENTRIES, 60.0)
        alone.flush()

        assert cache.get_many(KEYS) == {}
        cache.set_many(ENTRIES, 60.0)
        assert cache.get_many(KEYS) == ENTRIES


def test_a_replica_gives_and_does_not_take(server: Valkey) -> None:
    with client(server) as cache:
        cache.set_many({"a": b"1"}, 60.0)
        server.tell("REPLICAOF", "127.0.0.1", "1")

        assert cache.get_many(["a"]) == {"a": b"1"}
        with pytest.raises(Unavailable, match="READONLY"):
            cache.set_many({"b": b"2"}, 60.0)

        server.tell("REPLICAOF", "NO", "ONE")
        cache.set_many({"b": b"2"}, 60.0)


def test_a_server_that_is_loading_is_unavailable_until_it_has_loaded() -> None:
    with (
        valkey_server(config={"enable-debug-command": "yes"}) as server,
        client(server) as cache,
    ):
        cache.set_many({f"key {number}": b"x" * 4096 for number in range(40)}, 600.0)
        server.admin.config_set("rdbcompression", "no")
        server.admin.config_set("loading-process-events-interval-bytes", 1024)
        server.admin.config_set("key-load-delay", 50_000)
        loading = Thread(target=lambda: server.tell("DEBUG", "RELOAD"))
        loading.start()

        told: list[str] = []
        while loading.is_alive() and not told:
            try:
                cache.get_many(["key 1"])
            except Unavailable as error:
                told.append(str(error))
        assert "LOADING" in told[0]

        server.admin.config_set("key-load-delay", 0)
        loading.join()
        assert len(cache.get_many(["key 1"])) == 1


def test_a_cluster_that_holds_no_slots_is_unavailable() -> None:
    with (
        valkey_server(config=cluster_config()) as server,
        client(server) as cache,
        pytest.raises(Unavailable, match="CLUSTERDOWN"),
    ):
        cache.get_many(KEYS)


def test_a_name_that_is_not_resolved_in_time_costs_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = Event()

    def hanging(_: Node, flags: int) -> list[object]:
        if flags:
            raise socket.gaierror("no number")
        answered.wait(HANG_S)
        return []

    monkeypatch.setattr(valkey_connection, "_resolved", hanging)
    address = Address(Node("cache.example.org", 6379))
    with (
        closing(ValkeyCache(address, IMPATIENT_S)) as cache,
        pytest.raises(Unavailable, match=r"cache\.example\.org was not resolved in time"),
    ):
        cache.get_many(["a"])
    answered.set()


@pytest.mark.parametrize(
    "host", ["cache.invalid", "cache..invalid", f"{'x' * 64}.invalid", "no name"]
)
def test_a_host_that_does_not_exist_is_unavailable(host: str) -> None:
    with (
        closing(ValkeyCache(Address(Node(host, 6379)), PATIENT_S)) as cache,
        pytest.raises(Unavailable, match=f"valkey://{host}:6379"),
    ):
        cache.get_many(["a"])
