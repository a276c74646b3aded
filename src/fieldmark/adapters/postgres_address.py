"""Where a PostgreSQL server is and who asks: the address, a token in place of a password, TLS."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Final

from fieldmark.errors import SettingInvalid, Unavailable

__all__ = ["PostgresAddress", "Token"]

Token = Callable[[], str]
"""Returns what a connection shows in place of a password; asked anew for each."""

_ENCRYPTED: Final = ("require", "verify-ca", "verify-full")


class PostgresAddress:
    """A libpq URL, shown in errors and notes as ``shown``, which holds no secret."""

    def __init__(self, url: str, shown: str, token: Token | None = None) -> None:
        self._url = url
        self._shown = shown
        self._token = token
        self._options: Mapping[str, str] | None = None
        self._names = _Names()

    def __str__(self) -> str:
        return self._shown

    def conninfo(self, wait_s: float, server_options: str = "") -> str:
        """Return the connection string of one connection, with host names looked up.

        libpq would look them up too, but for as long as it takes.

        Args:
            wait_s: how long the look-up may take.
            server_options: what the server is told as ``options``; the address may say more.
        Raises:
            SettingInvalid: the address is none that libpq reads, or would send a token in clear.
            Unavailable: nobody knows the host, or who should know did not answer.
        """
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415  # only who connects pays

        if self._options is None:
            self._options = self._parsed()
        options = {"fallback_application_name": "fieldmark", "gssencmode": "disable"}
        options |= self._options
        options["options"] = f"{server_options} {options.get('options', '')}".strip()
        if self._token is not None:
            options["password"] = self._token()
        host = options.get("host", "")
        if "hostaddr" not in options and _is_name(host):
            found = self._names.addresses(host, wait_s)
            options |= {"host": ",".join([host] * len(found)), "hostaddr": ",".join(found)}
        return make_conninfo("", **options)

    def _parsed(self) -> dict[str, str]:
        from psycopg import Error, pq  # noqa: PLC0415

        try:
            parsed = pq.Conninfo.parse(self._url.encode())
        except (Error, ValueError):  # what libpq says of it may quote a password
            raise SettingInvalid(
                f"the address of database {self} is none that libpq reads; "
                "write postgresql://user@host:port/database?sslmode=verify-full"
            ) from None
        options = {o.keyword.decode(): o.val.decode() for o in parsed if o.val is not None}
        if self._token is not None:
            _require_encryption(options)
        return options


def _require_encryption(options: dict[str, str]) -> None:
    mode = options.setdefault("sslmode", "require")
    if mode not in _ENCRYPTED:
        raise SettingInvalid(
            f"sslmode={mode} would send the database's token in clear; "
            f"write one of {', '.join(_ENCRYPTED)}"
        )


def _is_name(host: str) -> bool:
    if not host or host.startswith("/") or "," in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


class _Names:
    """Looks host names up in time: a resolver that is silent holds a thread, not a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _LookUp] = {}

    def addresses(self, host: str, wait_s: float) -> list[str]:
        """Return the addresses of a host, in the order in which they are to be tried."""
        with self._lock:
            look_up = self._running.get(host)
            if look_up is None or look_up.done.is_set():
                look_up = self._running[host] = _LookUp(host)
                threading.Thread(target=look_up.run, daemon=True).start()
        if not look_up.done.wait(wait_s):
            raise Unavailable(f"the name {host} was not looked up within {wait_s:.2g} s")
        if look_up.error is not None:
            raise Unavailable(f"host {host} is not known: {look_up.error}") from look_up.error
        return look_up.found


class _LookUp:
    """One look-up; whoever asks meanwhile waits for the same."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.done = threading.Event()
        self.found: list[str] = []
        self.error: OSError | UnicodeError | None = None

    def run(self) -> None:
        try:
            rows = socket.getaddrinfo(self._host, None, type=socket.SOCK_STREAM)
            self.found = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as error:
            self.error = error
        finally:
            self.done.set()
