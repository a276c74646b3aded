"""Two ways of holding connections to PostgreSQL: none at all, and a few for a few seconds."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from fieldmark.adapters.postgres_address import PostgresAddress
from fieldmark.adapters.postgres_connection import (
    ConnectionLost,
    Patience,
    PostgresConnection,
    load_client,
)

__all__ = ["Access", "HeldAWhile", "OpenQueryClose", "Reading"]

T = TypeVar("T")

_DEFAULT: Final = Patience()


@dataclass(frozen=True, slots=True)
class Reading:
    """A connection and the moment until which it is asked."""

    connection: PostgresConnection
    until_s: float

    def rows(self, sql: str, parameters: Sequence[str] = ()) -> list[tuple[bytes | None, ...]]:
        """Return the rows of one query, each value in PostgreSQL's binary form."""
        return self.connection.rows(sql, parameters, self.until_s)


class Access(Protocol):
    """A way to a database; many threads may read at once."""

    address: PostgresAddress

    def read(self, work: Callable[[Reading], T]) -> T:
        """Return what ``work`` makes of a connection; it may be called a second time.

        Raises:
            Unavailable: the server did not answer in time.
            SettingInvalid: the address is none.
        """
        ...

    def close(self) -> None:
        """Close what is open; closing twice does no harm."""
        ...


class OpenQueryClose:
    """Holds nothing: a connection keeps a database awake that would sleep (decision 7)."""

    def __init__(self, address: PostgresAddress, patience: Patience = _DEFAULT) -> None:
        self.address = address
        self._patience = patience

    def read(self, work: Callable[[Reading], T]) -> T:
        """See Access."""
        load_client()
        until_s = time.monotonic() + self._patience.whole_s
        connection = PostgresConnection(self.address, self._patience, until_s)
        with contextlib.closing(connection):
            return work(Reading(connection, until_s))

    def close(self) -> None:
        """See Access."""


class HeldAWhile:
    """Holds connections that were used lately; one that idles for ``idle_s`` is closed."""

    def __init__(
        self, address: PostgresAddress, patience: Patience = _DEFAULT, idle_s: float = 10.0
    ) -> None:
        self.address = address
        self._patience = patience
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._idle: list[tuple[float, PostgresConnection]] = []
        self._timer: threading.Timer | None = None

    def read(self, work: Callable[[Reading], T]) -> T:
        """See Access."""
        load_client()
        until_s = time.monotonic() + self._patience.whole_s
        held = self._take()
        if held is not None:
            with contextlib.suppress(ConnectionLost):  # the server may have restarted meanwhile
                return self._use(held, until_s, work)
        fresh = PostgresConnection(self.address, self._patience, until_s)
        return self._use(fresh, until_s, work)

    def close(self) -> None:
        """See Access."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for _, connection in idle:
            connection.close()

    def _use(
        self, connection: PostgresConnection, until_s: float, work: Callable[[Reading], T]
    ) -> T:
        try:
            done = work(Reading(connection, until_s))
        except BaseException:
            connection.close()
            raise
        self._put_back(connection)
        return done

    def _take(self) -> PostgresConnection | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                _, connection = self._idle.pop()
            if connection.is_usable:
                return connection
            connection.close()

    def _put_back(self, connection: PostgresConnection) -> None:
        with self._lock:
            self._idle.append((time.monotonic() + self._idle_s, connection))
            if self._timer is None:
                self._arm(self._idle_s)

    def _arm(self, wait_s: float) -> None:
        self._timer = threading.Timer(wait_s, self._close_idle)
        self._timer.daemon = True
        self._timer.start()

    def _close_idle(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            expired = [connection for until_s, connection in self._idle if until_s <= now_s]
            self._idle = [entry for entry in self._idle if entry[0] > now_s]
            self._timer = None
            if self._idle:
                self._arm(self._idle[0][0] - now_s)
        for connection in expired:
            connection.close()
