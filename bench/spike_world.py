"""What the service of the spike stands before: a slow PostgreSQL of few connections, and Valkey.

They run in a process of their own, so that proxies do not take turns with the load. Valkey is a
cluster of one node behind TLS, as ElastiCache Serverless is.
"""

import multiprocessing as mp
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from machine import ROOT
from slow_queries import Seen, slow_queries
from spike_atlas import made_up

sys.path += [str(ROOT), str(ROOT / "tests")]
from cloud.postgres_server import postgres_server
from cloud.valkey_server import Authority, Valkey, valkey_server
from fieldmark.atlas.database.publication import Reader, publish
from published import database, file_of

__all__ = ["CONNECTIONS", "DELAY_S", "Traffic", "World", "world"]

CONNECTIONS = 20
DELAY_S = 0.05
_FOR_THE_OWNER = 3
_ROLE = "spike_reader"
_PATIENCE_S = 120.0

_Order = Literal["flush", "count"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What both servers saw since the last time."""

    database: Seen
    cache_connections: int
    cache_calls: int


@dataclass(frozen=True, slots=True)
class World:
    """Where the servers are; ``database_url`` leads through the proxy that slows queries down."""

    database_url: str
    cache_url: str
    _wire: "Connection[_Order, Traffic]"

    def flush(self) -> None:
        """Empty the cache."""
        self._order("flush")

    def traffic(self) -> Traffic:
        """Return what the servers saw since the last time."""
        return self._order("count")

    def _order(self, order: _Order) -> Traffic:
        self._wire.send(order)
        return self._wire.recv()


@contextmanager
def world(cells: Sequence[int]) -> Iterator[World]:
    """Run the servers, with a release of those cells published."""
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(there, list(cells)), name="world")
    process.start()
    there.close()
    try:
        if not here.poll(_PATIENCE_S):
            raise TimeoutError("the servers did not start")
        database_url, cache_url = here.recv()
        yield World(database_url, cache_url, here)
    finally:
        here.close()
        process.join(_PATIENCE_S)


def _run(wire: "Connection[Traffic | tuple[str, str], _Order]", cells: Sequence[int]) -> None:
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="fieldmark-spike-")))
        limits = {
            "max_connections": str(CONNECTIONS + _FOR_THE_OWNER),
            "superuser_reserved_connections": str(_FOR_THE_OWNER),
        }
        server = enter(postgres_server(**limits))
        name = server.database()
        publish(file_of(made_up(cells), folder), database(server.url(name)), Reader(_ROLE))
        slow = enter(slow_queries(server.port, DELAY_S))
        valkey = enter(valkey_server(Authority(folder), cluster=True))
        wire.send((f"postgresql://{_ROLE}@127.0.0.1:{slow.port}/{name}", valkey.url))
        while True:
            try:
                order = wire.recv()
            except (EOFError, KeyboardInterrupt):
                return
            if order == "flush":
                valkey.flush()
            wire.send(Traffic(slow.since(), *_calls_since(valkey)))


def _calls_since(valkey: Valkey) -> tuple[int, int]:
    """Return the connections and the calls that the cache was sent, and count anew."""
    proxy = valkey.proxy
    counted = proxy.connections, proxy.requests
    proxy.connections = proxy.requests = 0
    return counted
