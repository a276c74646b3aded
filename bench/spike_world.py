"""What the service of the spike stands before: PostgreSQL, slow and with few connections, and
Valkey as a cluster behind TLS. It runs in a process of its own, so that it steals no turn of the
load's interpreter.
"""

import multiprocessing as mp
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from machine import ROOT
from slow_queries import Seen, slow_queries
from spike_atlas import made_up

sys.path.insert(0, str(ROOT / "tests"))

from fieldmark.atlas.database.publication import Reader, publish
from fieldmark.atlas.publish import publish_file
from postgres_server import postgres_server
from published import database
from valkey_server import Authority, Valkey, valkey_server

__all__ = ["CONNECTIONS", "DELAY_S", "World", "world"]

CONNECTIONS = 20
_FOR_THE_OWNER = 3
DELAY_S = 0.05
_ROLE = "spike_reader"
_PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class World:
    """Where the servers are; ``database_url`` leads through the proxy that slows queries down."""

    database_url: str
    cache_url: str
    _wire: "Connection[str, object]"

    def forget(self) -> None:
        """Empty the cache, and count anew what the database is asked."""
        self._wire.send("forget")
        self._wire.recv()

    def seen(self) -> tuple[Seen, tuple[int, int]]:
        """Return what the database was asked since the last time."""
        self._wire.send("seen")
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
        yield World(*here.recv(), here)
    finally:
        here.close()
        process.join(_PATIENCE_S)


def _cache_since(valkey: Valkey) -> tuple[int, int]:
    counts = valkey.proxy.connections, valkey.proxy.requests
    valkey.proxy.connections = valkey.proxy.requests = 0
    return counts


def _run(wire: "Connection[object, str]", cells: Sequence[int]) -> None:
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="fieldmark-spike-")))
        limits = {
            "max_connections": str(CONNECTIONS + _FOR_THE_OWNER),
            "superuser_reserved_connections": str(_FOR_THE_OWNER),
        }
        server = enter(postgres_server(**limits))
        name = server.database()
        file = folder / "release.sqlite"
        publish_file(made_up(cells), file, check=lambda _: None)
        publish(file, database(server.url(name)), Reader(_ROLE))
        slow = enter(slow_queries(server.port, DELAY_S))
        valkey = enter(valkey_server(Authority(folder), cluster=True))
        wire.send((f"postgresql://{_ROLE}@127.0.0.1:{slow.port}/{name}", valkey.url))
        while True:
            try:
                asked = wire.recv()
            except (EOFError, KeyboardInterrupt):
                return
            if asked == "forget":
                valkey.flush()
            wire.send((slow.since(), _cache_since(valkey)))
