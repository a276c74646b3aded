"""The cache that processes share: a Valkey server, alone or a cluster.

It speaks the protocol itself, which bounds a call in time and in bytes and costs no import: see
docs/decisions/0028.
"""

import ssl
import threading
from binascii import crc_hqx
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self

from fieldmark.adapters.valkey_connection import (
    Address,
    Connection,
    Deadline,
    Dropped,
    Node,
    connect,
)
from fieldmark.adapters.valkey_pool import ValkeyPool
from fieldmark.adapters.valkey_wire import (
    MAX_BULK_BYTES,
    ProtocolBroken,
    Refusal,
    Reply,
    command,
)
from fieldmark.errors import Full, SettingInvalid, Unavailable

__all__ = ["Address", "Node", "ValkeyCache"]

_MAX_KEY_BYTES: Final = 1024
_MAX_AGE_S: Final = 11 * 3600.0
"""ElastiCache drops a connection that logged in with a token after 12 h."""

_MAX_TTL_S: Final = 30 * 86400.0
_SLOTS: Final = 16384
_ASKING: Final = command(b"ASKING")
_MISPLACED: Final = frozenset({"CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY"})
"""Refusals of a server that is not the one to ask, or not yet."""


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where a key is; for this once where ``asking``."""

    slot: int
    node: Node
    asking: bool

    @classmethod
    def parse(cls, refusal: Refusal, asked: Node) -> Self:
        """Return what MOVED or ASK says; without a host it means the one that was asked."""
        try:
            code, slot, place = refusal.line.split(" ")
            host, _, port = place.rpartition(":")
            node = Node(host.strip("[]") or asked.host, int(port))
            redirect = cls(int(slot), node, code == "ASK")
        except ValueError as error:
            raise ProtocolBroken(f"{refusal.line[:80]!r} leads nowhere") from error
        if not (0 <= redirect.slot < _SLOTS and 0 < node.port < 65536 and node.host != "?"):
            raise ProtocolBroken(f"{refusal.line[:80]!r} leads nowhere")
        return redirect


@dataclass(frozen=True, slots=True)
class _Errand:
    """One command about one key, on its way to a node."""

    key: bytes
    words: bytes
    node: Node
    asking: bool = False


class ValkeyCache:
    """A ports.Cache on a Valkey server; threads may share it.

    A call takes ``timeout_s`` at most, connecting included, and waiting where ``at_once`` are under
    way. Nothing is tried twice, but for one new connection where an old one turns out to be dead;
    whoever adds a key across that moment may be told that another did and yet have added it. Keys
    go one by one in a pipeline, so that a cluster may spread them, and a node that says where a key
    is instead is believed once a call and remembered.

    Keys of more than 1 KiB and values of more than 1 MiB are not kept, nor are those that others
    laid down given back.
    """

    def __init__(
        self,
        address: Address,
        timeout_s: float = 0.2,
        max_connections: int = 8,
        at_once: int = 2,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._clock = clock
        self._tls = _tls_of(address)
        self._pool = ValkeyPool(self._connect, max_connections, at_once, _MAX_AGE_S, clock)
        self._lock = threading.Lock()
        self._owners: dict[int, Node] = {}

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See ports.Cache."""
        names = {key: name for key in keys if (name := _name(key)) is not None}
        replies = self._ask({name: command(b"GET", name) for name in names.values()})
        values = {key: replies[name] for key, name in names.items()}
        return {key: value for key, value in values.items() if isinstance(value, bytes)}

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """See ports.Cache."""
        life = _milliseconds(ttl_s)
        self._ask(
            {
                name: command(b"SET", name, entries[key], b"PX", life)
                for key, name in _names(entries).items()
            }
        )

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        """See ports.Cache."""
        life = _milliseconds(ttl_s)
        names = _names(entries)
        replies = self._ask(
            {
                name: command(b"SET", name, entries[key], b"NX", b"PX", life)
                for key, name in names.items()
            }
        )
        return {key for key in entries if key not in names or replies[names[key]] == "OK"}

    def close(self) -> None:
        """See ports.Cache."""
        self._pool.close()

    def _ask(self, commands: Mapping[bytes, bytes]) -> dict[bytes, Reply]:
        """Return the reply to each key's command, wherever the key is.

        Raises:
            Full: a server has no room for a value.
            Unavailable: a server did not answer, or not what a cache answers.
        """
        deadline = Deadline(self._clock() + self._timeout_s, self._clock)
        errands = [_Errand(key, words, self._owner(key)) for key, words in commands.items()]
        replies, moved = self._round(errands, deadline)
        if moved:
            found, moved = self._round(moved, deadline)
            replies |= found
        if moved:
            raise Unavailable(f"{self._named(moved[0].node)} is not where the key is, either")
        return replies

    def _round(
        self, errands: Iterable[_Errand], deadline: Deadline
    ) -> tuple[dict[bytes, Reply], list[_Errand]]:
        """Return the replies, and the errands that other nodes must be asked."""
        by_node: defaultdict[Node, list[_Errand]] = defaultdict(list)
        for errand in errands:
            by_node[errand.node].append(errand)
        found: dict[bytes, Reply] = {}
        moved: list[_Errand] = []
        for node, mine in by_node.items():
            for errand, reply in zip(mine, self._replies(node, mine, deadline), strict=True):
                if isinstance(reply, Refusal) and reply.code in {"MOVED", "ASK"}:
                    moved.append(self._redirected(errand, reply))
                else:
                    found[errand.key] = self._checked(node, reply)
        return found, moved

    def _replies(
        self, node: Node, errands: Sequence[_Errand], deadline: Deadline
    ) -> Iterable[Reply]:
        words = [word for errand in errands for word in _as_sent(errand)]
        replies = iter(self._exchange(node, words, deadline))
        for errand in errands:
            if errand.asking:
                next(replies)
            yield next(replies)

    def _exchange(self, node: Node, words: Sequence[bytes], deadline: Deadline) -> list[Reply]:
        try:
            try:
                return self._once(node, words, deadline)
            except Dropped:
                self._pool.forget(node)
                return self._once(node, words, deadline)
        except (OSError, ProtocolBroken) as error:
            self._forget(node)
            raise Unavailable(f"{self._named(node)} failed: {self._why(error)}") from error

    def _once(self, node: Node, words: Sequence[bytes], deadline: Deadline) -> list[Reply]:
        lease = self._pool.take(node, deadline)
        try:
            return lease.connection.exchange(words, deadline)
        finally:
            self._pool.give(lease)

    def _connect(self, node: Node, deadline: Deadline) -> Connection:
        return connect(self._address, node, self._tls, deadline)

    def _redirected(self, errand: _Errand, refusal: Refusal) -> _Errand:
        try:
            redirect = _Redirect.parse(refusal, errand.node)
        except ProtocolBroken as error:
            raise Unavailable(
                f"{self._named(errand.node)} cannot be understood: {error}"
            ) from error
        if not redirect.asking:
            with self._lock:
                self._owners[redirect.slot] = redirect.node
        return _Errand(errand.key, errand.words, redirect.node, redirect.asking)

    def _checked(self, node: Node, reply: Reply) -> Reply:
        if not isinstance(reply, Refusal):
            return reply
        if reply.code == "WRONGTYPE":
            return None
        if reply.code == "OOM":
            raise Full(f"{self._named(node)} is full: {reply.line[:200]}")
        if reply.code in _MISPLACED:
            self._forget(node)
        raise Unavailable(f"{self._named(node)} refuses: {reply.line[:200]}")

    def _owner(self, key: bytes) -> Node:
        """Return who is known to hold the key, else whom the settings name."""
        if not self._owners:
            return self._address.node
        return self._owners.get(_slot(key), self._address.node)

    def _forget(self, node: Node) -> None:
        """Forget what the node holds, and close what waits for it."""
        with self._lock:
            self._owners = {slot: held for slot, held in self._owners.items() if held != node}
        self._pool.forget(node)

    def _named(self, node: Node) -> str:
        return f"the cache at valkey{'s' if self._address.tls else ''}://{node.host}:{node.port}"

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout_s:g} s ({error})"
        return str(error)


def _tls_of(address: Address) -> ssl.SSLContext | None:
    if not address.tls:
        return None
    try:
        return ssl.create_default_context(cafile=address.ca)
    except OSError as error:
        raise SettingInvalid(f"{address.ca} holds no certificates: {error}") from error


def _as_sent(errand: _Errand) -> tuple[bytes, ...]:
    return (_ASKING, errand.words) if errand.asking else (errand.words,)


def _name(key: str) -> bytes | None:
    """Return the key as the server knows it, None where it is too long to be kept."""
    name = key.encode("utf-8", "surrogatepass")
    return name if len(name) <= _MAX_KEY_BYTES else None


def _names(entries: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the keys of those entries that can be kept, each as the server knows it."""
    return {
        key: name
        for key, value in entries.items()
        if (name := _name(key)) is not None and len(value) <= MAX_BULK_BYTES
    }


def _slot(name: bytes) -> int:
    """Return the hash slot of a key.

    Source: https://valkey.io/topics/cluster-spec/
    """
    opened = name.find(b"{")
    if opened >= 0:
        closed = name.find(b"}", opened + 1)
        if closed > opened + 1:
            name = name[opened + 1 : closed]
    return crc_hqx(name, 0) % _SLOTS


def _milliseconds(ttl_s: float) -> bytes:
    """Return a time to live that is one: an entry without would never be evicted."""
    return b"%d" % max(1, round(1e3 * min(ttl_s, _MAX_TTL_S)))
