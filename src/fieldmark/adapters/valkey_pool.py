"""Connections that wait to be used again: bounded in number and in age."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from fieldmark.adapters.valkey_connection import Connection, Deadline, Node

__all__ = ["Lease", "ValkeyPool"]


@dataclass(frozen=True, slots=True, eq=False)
class Lease:
    """A connection that one thread has for itself until it gives it back."""

    node: Node
    connection: Connection
    opened_s: float
    era: int


class ValkeyPool:
    """Connections to all nodes together: so many in use at once, and so many open.

    Who finds too many in use waits. A connection with TLS takes many times as long as an
    exchange, so that in a burst to wait for one is quicker than to open another.
    """

    def __init__(
        self,
        connect: Callable[[Node, Deadline], Connection],
        max_connections: int,
        at_once: int,
        max_age_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._connect = connect
        self._max_connections = max_connections
        self._max_age_s = max_age_s
        self._clock = clock
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._idle: list[Lease] = []
        self._used = 0
        self._era = 0

    def take(self, node: Node, deadline: Deadline) -> Lease:
        """Return a connection to the node: the one that was used last, or a new one.

        Raises:
            TimeoutError: none became free in time.
            OSError: as ``connect``.
        """
        if not self._free.acquire(timeout=deadline.left_s()):
            raise TimeoutError("too many connections are in use")
        with self._lock:
            self._used += 1
        try:
            return self._idle_one(node) or self._new_one(node, deadline)
        except BaseException:
            self._release()
            raise

    def give(self, lease: Lease) -> None:
        """Take a connection back, and keep it where it can be used again."""
        with self._lock:
            keeps = lease.connection.is_whole and lease.era == self._era
            if keeps:
                self._idle.append(lease)
        if not keeps:
            lease.connection.close()
        self._release()

    def forget(self, node: Node) -> None:
        """Close what waits for the node."""
        with self._lock:
            gone = [lease for lease in self._idle if lease.node == node]
            self._idle = [lease for lease in self._idle if lease.node != node]
        for lease in gone:
            lease.connection.close()

    def close(self) -> None:
        """Close what waits, and what is in use as it comes back."""
        with self._lock:
            self._era += 1
            gone, self._idle = self._idle, []
        for lease in gone:
            lease.connection.close()

    def _idle_one(self, node: Node) -> Lease | None:
        while (lease := self._pop(node)) is not None:
            is_young = self._clock() - lease.opened_s < self._max_age_s
            if is_young and lease.connection.is_quiet:
                return lease
            lease.connection.close()
        return None

    def _pop(self, node: Node) -> Lease | None:
        with self._lock:
            for place in reversed(range(len(self._idle))):
                if self._idle[place].node == node:
                    return self._idle.pop(place)
        return None

    def _new_one(self, node: Node, deadline: Deadline) -> Lease:
        self._make_room()
        era = self._era
        return Lease(node, self._connect(node, deadline), self._clock(), era)

    def _make_room(self) -> None:
        """Close the connection that waited longest where one more would be too many."""
        with self._lock:
            too_many = self._used + len(self._idle) > self._max_connections
            oldest = self._idle.pop(0) if too_many else None
        if oldest is not None:
            oldest.connection.close()

    def _release(self) -> None:
        with self._lock:
            self._used -= 1
        self._free.release()
