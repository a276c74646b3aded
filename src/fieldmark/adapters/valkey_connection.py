"""One connection to a Valkey server: every exchange ends by its deadline, whatever comes.

A timeout of a socket bounds one read, and a server that sends a byte now and then makes as many
reads as it likes; hence a deadline. The exchange is bounded in bytes by the replies.
"""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from fieldmark.adapters.valkey_wire import Oversized, Refusal, Replies, Reply, command

__all__ = ["Address", "Connection", "Deadline", "Dropped", "LoginRefused", "Node", "connect"]

_READ_BYTES: Final = 64 * 1024


class Node(NamedTuple):
    """Where one server listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Address:
    """Where the cache is and how it knows us.

    ``ca`` is a file with the authorities to believe, None for the system's; ``password`` is asked
    for each new connection, None where everyone may.
    """

    node: Node
    tls: bool = False
    ca: Path | None = None
    user: str | None = None
    password: Callable[[], str] | None = None


class Dropped(ConnectionError):
    """The other side closed a connection that had been open."""


class LoginRefused(ConnectionError):
    """The server does not know the user or the password."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which a whole call must have ended."""

    at_s: float
    clock: Callable[[], float]

    def left_s(self) -> float:
        """Return how long it is until then.

        Raises:
            TimeoutError: it is past.
        """
        left_s = self.at_s - self.clock()
        if left_s <= 0.0:
            raise TimeoutError("the time is up")
        return left_s


class Connection:
    """A connection that has logged in. Whoever uses it, uses it alone."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._replies = Replies()
        self._is_whole = True

    def exchange(self, commands: Sequence[bytes], deadline: Deadline) -> list[Reply]:
        """Return the replies to the commands, in order, in one round trip.

        From a value that is too large on, everything is absent.

        Raises:
            Dropped: the other side closed.
            OSError: it did not answer in time, or the network failed.
            ProtocolBroken: what came is no reply.
        """
        self._is_whole = False
        self._send(b"".join(commands), deadline)
        replies: list[Reply] = []
        while len(replies) < len(commands):
            self._replies.feed(self._receive(deadline))
            replies += self._replies.take(len(commands) - len(replies))
            if replies and isinstance(replies[-1], Oversized):
                return [*replies[:-1], *[None] * (len(commands) - len(replies) + 1)]
        self._is_whole = self._replies.is_empty
        return replies

    @property
    def is_whole(self) -> bool:
        """Whether it has answered what it was asked, no less and no more."""
        return self._is_whole

    @property
    def is_quiet(self) -> bool:
        """Whether nothing comes in unasked: neither its end nor bytes that nobody waits for."""
        waiting = select.poll()
        waiting.register(self._wire, select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        """Let go of the socket."""
        self._wire.close()

    def _send(self, data: bytes, deadline: Deadline) -> None:
        rest = memoryview(data)
        try:
            while rest:
                self._wire.settimeout(deadline.left_s())
                rest = rest[self._wire.send(rest) :]
        except OSError as error:
            raise _named(error) from error

    def _receive(self, deadline: Deadline) -> bytes:
        self._wire.settimeout(deadline.left_s())
        try:
            data = self._wire.recv(_READ_BYTES)
        except OSError as error:
            raise _named(error) from error
        if not data:
            raise Dropped("the server closed the connection")
        return data


def connect(
    address: Address, node: Node, tls: ssl.SSLContext | None, deadline: Deadline
) -> Connection:
    """Return a connection to a node of the cache at the address, logged in.

    Raises:
        LoginRefused: the server does not know the user or the password.
        OSError: nobody is there, or not the one whom the certificate names, or not in time.
        ProtocolBroken: no Valkey is there.
    """
    wire = _connected(node, deadline)
    try:
        if tls is not None:
            wire = _encrypted(wire, tls, node.host, deadline)
        connection = Connection(wire)
        if address.password is not None:
            _log_in(connection, address.user, address.password(), deadline)
    except BaseException:
        wire.close()
        raise
    return connection


def _connected(node: Node, deadline: Deadline) -> socket.socket:
    """Return a socket to the first of the host's addresses that answers; each has its share."""
    found = _addresses(node, deadline)
    failure: OSError = ConnectionRefusedError(f"{node.host} has no address")
    for number, (family, kind, protocol, _, place) in enumerate(found):
        wire = socket.socket(family, kind, protocol)
        try:
            wire.settimeout(deadline.left_s() / (len(found) - number))
            wire.connect(place)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            wire.close()
            failure = error
        else:
            return wire
    raise failure


_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str | int | bytes, ...]]


def _addresses(node: Node, deadline: Deadline) -> Sequence[_Found]:
    """Return the addresses of a host; a resolver that hangs is left to a thread of its own."""
    try:
        return _resolved(node, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    outcome: list[Sequence[_Found] | OSError] = []

    def resolve() -> None:
        try:
            outcome.append(_resolved(node, 0))
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=resolve, name=f"resolve {node.host}", daemon=True)
    thread.start()
    thread.join(deadline.left_s())
    if not outcome:
        raise TimeoutError(f"the name {node.host} was not resolved in time")
    if isinstance(outcome[0], OSError):
        raise outcome[0]
    return outcome[0]


def _resolved(node: Node, flags: int) -> Sequence[_Found]:
    try:
        return socket.getaddrinfo(*node, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:
        raise socket.gaierror(f"{node.host!r} is no name of a host") from error


def _encrypted(
    wire: socket.socket, tls: ssl.SSLContext, host: str, deadline: Deadline
) -> socket.socket:
    wrapped = tls.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
    try:
        wrapped.settimeout(deadline.left_s())
        wrapped.do_handshake()
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def _log_in(connection: Connection, user: str | None, password: str, deadline: Deadline) -> None:
    """Log in on its own: a server reads no large command of someone whom it does not know yet."""
    words = [password.encode()] if user is None else [user.encode(), password.encode()]
    (reply,) = connection.exchange([command(b"AUTH", *words)], deadline)
    if reply != "OK":
        # The line may repeat what was sent: only its first word is shown.
        why = reply.code if isinstance(reply, Refusal) else "no answer to AUTH"
        raise LoginRefused(f"the server refused user or password: {why[:20]}")


def _named(error: OSError) -> OSError:
    """Return the error as Dropped where it means that the other side is gone."""
    gone = isinstance(error, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return Dropped(str(error)) if gone else error
