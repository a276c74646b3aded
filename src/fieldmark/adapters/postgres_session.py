"""A connection to PostgreSQL for long work, such as publishing: it lets a server wake."""

import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fieldmark.adapters.postgres_address import PostgresAddress
from fieldmark.adapters.postgres_connection import Patience, failure
from fieldmark.errors import Waking

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PATIENT", "Session", "open_session"]

Session: TypeAlias = "Connection[Any]"

PATIENT: Final = Patience(connect_s=90.0, query_s=30.0, whole_s=120.0)
"""A database that sleeps wakes in half a minute, after a day in a whole one."""

_PAUSE_S: Final = 0.5


def open_session(address: PostgresAddress, wait_s: float = PATIENT.connect_s) -> Session:
    """Return a connection that commits each statement by itself.

    Raises:
        SettingInvalid: the address is none.
        Waking: the server did not wake in time.
        Unavailable: it refused, or is not there.
    """
    from psycopg import Connection, OperationalError  # noqa: PLC0415  # only who connects pays

    until_s = time.monotonic() + wait_s
    while True:
        left_s = until_s - time.monotonic()
        try:
            return Connection.connect(
                address.conninfo(left_s), autocommit=True, connect_timeout=max(2, int(left_s))
            )
        except OperationalError as error:
            failed = failure(address, error)
            if not isinstance(failed, Waking) or left_s < _PAUSE_S:
                raise failed from error
        time.sleep(_PAUSE_S)
