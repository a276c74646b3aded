"""What supervisor and workers say to each other, and what a worker is started with."""

from dataclasses import dataclass
from typing import Final

from fieldmark.entrypoints.web.server.bounds import Bounds

__all__ = ["CLOSED", "CONNECTION", "FAILED", "SERVING", "STOPPING", "Assignment"]

CONNECTION: Final = b"c"
"""To a worker: the open connection that comes with this byte is yours."""

SERVING: Final = b"s"
"""From a worker: it serves."""
CLOSED: Final = b"d"
"""From a worker: one of its connections is closed."""
STOPPING: Final = b"x"
"""From a worker: it takes no more connections."""
FAILED: Final = b"e"
"""From a worker: it cannot start; the rest is the reason."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker process is started with."""

    app_factory: str
    workers: int
    bounds: Bounds
    control_fd: int
    """The socket that joins it to its supervisor; when that closes, the worker ends."""
