"""One connection to PostgreSQL with hard limits of time.

It speaks through libpq's non-blocking calls: what psycopg and libpq wait for has a floor of two
seconds, and a server that is frozen accepts connections and never says a word.
"""

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fieldmark.adapters.postgres_address import PostgresAddress
from fieldmark.errors import Unavailable, Waking

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

__all__ = [
    "ConnectionLost",
    "Patience",
    "PostgresConnection",
    "StatementRefused",
    "failure",
    "load_client",
]

_STARTING: Final = ("starting up", "not yet accepting connections", "recovery mode")
"""What a server says that starts (57P03). libpq tells no SQLSTATE of a connection that failed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a connection, for one query, and for both together."""

    connect_s: float = 0.25
    query_s: float = 0.25
    whole_s: float = 0.28


def load_client() -> None:
    """Import the client. That takes a tenth of a second, which is not to count as the server's."""
    import psycopg.conninfo  # noqa: F401, PLC0415  # only who connects pays


class ConnectionLost(Unavailable):
    """The connection broke; a new one may do."""


class StatementRefused(Unavailable):
    """The server answered with an error; ``sqlstate`` says which."""

    def __init__(self, text: str, sqlstate: str) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


class PostgresConnection:
    """A connection that is open.

    Raises:
        SettingInvalid: the address is none.
        Waking: the server is held, or says that it starts.
        Unavailable: the server refused, or is not there.
    """

    def __init__(self, address: PostgresAddress, patience: Patience, until_s: float) -> None:
        from psycopg import pq  # noqa: PLC0415  # only who connects pays for the client

        self._address = address
        self._patience = patience
        until_s = min(until_s, time.monotonic() + patience.connect_s)
        conninfo = address.conninfo(
            until_s - time.monotonic(),
            f"-c statement_timeout={round(1000 * patience.query_s)}",
        )
        self._pgconn: PGconn = pq.PGconn.connect_start(conninfo.encode())
        try:
            self._connect(until_s)
        except BaseException:
            self.close()
            raise

    @property
    def is_usable(self) -> bool:
        """Whether nothing is known against sending another query."""
        from psycopg.pq import ConnStatus  # noqa: PLC0415

        # An idle connection has nothing to read but the server's farewell.
        return self._pgconn.status == ConnStatus.OK and not _ready(
            self._pgconn.socket, select.POLLIN, 0.0
        )

    def rows(
        self, sql: str, parameters: Sequence[str], until_s: float
    ) -> list[tuple[bytes | None, ...]]:
        """Return the rows of one query, each value in PostgreSQL's binary form.

        Raises:
            ConnectionLost: the server went away.
            StatementRefused: the server says no.
            Unavailable: it did not answer in time; the connection is closed.
        """
        from psycopg import Error  # noqa: PLC0415
        from psycopg.pq import Format  # noqa: PLC0415

        until_s = min(until_s, time.monotonic() + self._patience.query_s)
        try:
            self._pgconn.send_query_params(
                sql.encode(), [p.encode() for p in parameters], result_format=Format.BINARY
            )
            results = self._results(until_s)
        except Error as error:
            self.close()
            raise ConnectionLost(
                f"database {self._address} dropped the connection: {_line(error)}"
            ) from error
        except BaseException:
            self.close()
            raise
        for result in results:
            self._require_rows(result)
        return [row for result in results for row in _rows(result)]

    def close(self) -> None:
        """Close it; closing twice does no harm."""
        self._pgconn.finish()

    def _connect(self, until_s: float) -> None:
        from psycopg.pq import ConnStatus, PollingStatus  # noqa: PLC0415

        pgconn = self._pgconn
        state: int = PollingStatus.WRITING
        while state in {PollingStatus.READING, PollingStatus.WRITING}:
            if pgconn.status == ConnStatus.BAD:
                break
            waits_for = select.POLLIN if state == PollingStatus.READING else select.POLLOUT
            if not _ready(pgconn.socket, waits_for, until_s):
                raise Waking(
                    f"database {self._address} let {self._patience.connect_s:g} s pass without "
                    "taking the connection: it is waking up, or stands still"
                )
            state = pgconn.connect_poll()
        if state != PollingStatus.OK:
            raise failure(self._address, pgconn.get_error_message())
        pgconn.nonblocking = 1

    def _results(self, until_s: float) -> "list[PGresult]":
        pgconn = self._pgconn
        while pgconn.flush():
            self._wait(select.POLLIN | select.POLLOUT, until_s)
            pgconn.consume_input()
        results: list[PGresult] = []
        while True:
            while pgconn.is_busy():
                self._wait(select.POLLIN, until_s)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return results
            results.append(result)

    def _wait(self, waits_for: int, until_s: float) -> None:
        if not _ready(self._pgconn.socket, waits_for, until_s):
            raise Unavailable(f"database {self._address} did not answer in time")

    def _require_rows(self, result: "PGresult") -> None:
        from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus  # noqa: PLC0415

        if result.status == ExecStatus.TUPLES_OK:
            return
        sqlstate = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
        said = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode(
            "utf-8", "replace"
        )
        if self._pgconn.status == ConnStatus.BAD:
            self.close()
            raise ConnectionLost(f"database {self._address} closed the connection: {said}")
        raise StatementRefused(f"database {self._address} says: {said} ({sqlstate})", sqlstate)


def failure(address: PostgresAddress, said: object) -> Unavailable:
    """Return what it means that a connection failed, from what libpq says of it."""
    text = _line(said)
    if any(phrase in text for phrase in _STARTING):
        return Waking(f"database {address} is starting: {text}")
    return Unavailable(f"database {address} cannot be reached: {text}")


def _rows(result: "PGresult") -> list[tuple[bytes | None, ...]]:
    columns = range(result.nfields)
    return [tuple(result.get_value(r, c) for c in columns) for r in range(result.ntuples)]


def _ready(socket: int, waits_for: int, until_s: float) -> bool:
    poll = select.poll()
    poll.register(socket, waits_for)
    return bool(poll.poll(max(0.0, 1000.0 * (until_s - time.monotonic()))))


def _line(said: object) -> str:
    """Return what libpq says on one line."""
    return " ".join(str(said).split())
