"""Clients of the Valkey servers of tests, and what they keep there."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic, sleep

from cloud.valkey_server import Valkey
from fieldmark.adapters.valkey_cache import ValkeyCache
from fieldmark.errors import Unavailable

__all__ = [
    "ENTRIES",
    "HANG_S",
    "IMPATIENT_S",
    "KEYS",
    "PATIENT_S",
    "client",
    "eventually",
    "outcome",
    "requests",
]

PATIENT_S = 10.0
"""For tests that are about other things than time: a busy machine is slow at times."""

IMPATIENT_S = 0.2
HANG_S = 5.0
"""Whoever takes longer has hung."""

KEYS = [f"release/{number:x}" for number in range(19)]
ENTRIES = {key: key.encode() * 100 for key in KEYS}


@contextmanager
def client(server: Valkey, timeout_s: float = PATIENT_S, at_once: int = 2) -> Iterator[ValkeyCache]:
    with closing(ValkeyCache(server.address(), timeout_s, at_once=at_once)) as cache:
        yield cache


def eventually(work: Callable[[], object]) -> None:
    """Try until it succeeds, as whoever comes next does."""
    until_s = monotonic() + 20.0
    while True:
        try:
            work()
        except Unavailable:
            assert monotonic() < until_s, "it did not recover"
            sleep(0.02)
        else:
            return


def requests(server: Valkey, work: Callable[[], object]) -> int:
    """Return how many requests the work sent."""
    before = server.proxy.requests
    work()
    return server.proxy.requests - before


def outcome(work: Callable[[], object]) -> object:
    """Return what the work returns, the class where it is Unavailable."""
    try:
        return work()
    except Unavailable:
        return Unavailable
