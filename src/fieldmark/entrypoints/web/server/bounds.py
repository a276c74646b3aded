"""The bounds that a connection keeps, below anything that the application sees."""

from dataclasses import dataclass, field

__all__ = ["Bounds", "Deadlines", "Limits"]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each part of a connection's life may take; none is prolonged by single bytes."""

    headers_s: float = 10.0
    """From the connection, or from the first byte of a further request, to the last header."""
    body_s: float = 60.0
    """From the last header to the end of the body."""
    idle_s: float = 10.0
    """Between an answer and the first byte of the next request."""
    write_s: float = 60.0
    """Until a full write buffer has drained: a client that reads slowly is cut off."""
    linger_s: float = 5.0
    """Until the client closes too, once it was answered and the connection half-closed."""
    drain_s: int = 7
    """After SIGTERM, for the requests that run; then they are cancelled."""
    exit_s: float = 9.0
    """After SIGTERM, until the process ends whatever still runs in it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one connection may send, and how many connections there may be."""

    header_bytes: int = 64 * 1024
    header_lines: int = 100
    url_bytes: int = 8 * 1024
    pipelined: int = 8
    """Requests that may wait on one connection behind the one that is at work."""
    ahead_bytes: int = 256 * 1024
    """Bytes that are read ahead of the application, before reading pauses."""
    discarded_bytes: int = 32 * 1024 * 1024
    """What is read and dropped of a body that nobody wants, so that the client reads its answer."""
    connections: int = 1000
    """Open connections of one process; more are refused."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Deadlines and limits together."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    limits: Limits = field(default_factory=Limits)
