"""Clients: who asks, as far as a proxy can be believed; which key they show; how often they may."""

import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldmark.errors import Unauthorized
from fieldmark.settings import Network, RateLimit

__all__ = [
    "KEY_COOKIE",
    "Allowance",
    "Client",
    "Keys",
    "Rates",
    "client_of",
    "shown_key",
    "subscriber",
]

KEY_COOKIE: Final = "fieldmark_key"
_REMEMBERED: Final = 50_000
_PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
)
"""This machine, and networks that no stranger sends from (RFC 1918, RFC 4193)."""

_V6_PREFIX: Final = 64
"""What one subscriber gets of IPv6 (RFC 6177): its addresses are one client."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: an address, and whether the request reached the outermost proxy encrypted.

    ``is_inside`` tells that nobody outside this machine or its private network asks.
    """

    address: str
    is_secure: bool
    is_inside: bool


def client_of(
    peer: str, scheme: str, headers: Mapping[str, str], trusted: Sequence[Network]
) -> Client:
    """Return the client behind the proxies that are trusted.

    ``X-Forwarded-For`` is read from its end, where each proxy adds whom it heard: the first address
    that is no trusted proxy is the client. Nothing before it, and nothing a stranger wrote, counts.
    A load balancer writes its own ``X-Forwarded-Proto`` over what CloudFront knew, which says it in
    a field of its own.
    """
    address, is_secure = peer, scheme == "https"
    if _is_in(peer, trusted):
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        for hop in reversed(hops):
            if _parsed(hop) is None:
                break
            address = hop
            if not _is_in(hop, trusted):
                break
        forwarded_proto = headers.get("x-forwarded-proto", scheme)
        proto = headers.get("cloudfront-forwarded-proto", forwarded_proto)
        is_secure = proto.strip().lower() == "https"
        forwarded = False
    else:
        forwarded = "x-forwarded-for" in headers or "forwarded" in headers
    return Client(address, is_secure, is_inside=not forwarded and _is_private(address))


class Keys:
    """The keys that may use the service, known by their SHA-256 hashes only."""

    def __init__(self, hashes: frozenset[str]) -> None:
        self._hashes = hashes

    @property
    def are_needed(self) -> bool:
        """Whether any key is configured; otherwise everyone may."""
        return bool(self._hashes)

    def check(self, key: str | None) -> str | None:
        """Return the hash of the key where keys are needed.

        Raises:
            Unauthorized: a key is needed, and there is none or it is unknown.
        """
        if not self._hashes:
            return None
        if not key:
            raise Unauthorized(
                "this service needs a key; send it as 'Authorization: Bearer KEY' or 'X-API-Key'"
            )
        digest = hashlib.sha256(key.encode()).hexdigest()
        if digest not in self._hashes:
            raise Unauthorized("this key is not known here; ask whoever runs the service for one")
        return digest


def shown_key(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
    """Return the key that a request shows: in a header, or in the cookie of the access page."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    return headers.get("x-api-key") or cookies.get(KEY_COOKIE)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may still ask: ``remaining`` requests until ``reset_s`` seconds from now."""

    limit: RateLimit
    remaining: int
    reset_s: int
    is_exceeded: bool

    def headers(self) -> list[tuple[str, str]]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return [
            ("RateLimit-Policy", f'"default";q={self.limit.requests};w={self.limit.period_s}'),
            ("RateLimit", f'"default";r={self.remaining};t={self.reset_s}'),
        ]


class Rates:
    """How often each client asked in its present window. Bounded: the longest silent go first."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    @property
    def limit(self) -> RateLimit:
        """How often a client may ask."""
        return self._limit

    def ask(self, who: str) -> Allowance:
        """Count one request of the client, unless it has none left."""
        now_s = self._clock()
        began_s, used = self._windows.pop(who, (now_s, 0))
        if now_s - began_s >= self._limit.period_s:
            began_s, used = now_s, 0
        is_exceeded = used >= self._limit.requests
        used += not is_exceeded
        self._windows[who] = (began_s, used)
        if len(self._windows) > _REMEMBERED:
            self._windows.popitem(last=False)
        reset_s = max(1, round(began_s + self._limit.period_s - now_s))
        return Allowance(self._limit, self._limit.requests - used, reset_s, is_exceeded)


def subscriber(address: str) -> str:
    """Return what stands for one subscriber: an IPv4 address, or the first half of an IPv6 one."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _V6_PREFIX), strict=False))
    return address


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


def _is_private(text: str) -> bool:
    return _is_in(text, _PRIVATE)
