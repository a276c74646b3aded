"""One timer on the loop's monotonic clock."""

import asyncio
from collections.abc import Callable

__all__ = ["Timer"]


class Timer:
    """At most one thing that happens later; setting it forgets what was set before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    @property
    def left_s(self) -> float:
        """How long until it fires; nothing or less where it has, or is not set."""
        return 0.0 if self._handle is None else self._handle.when() - self._loop.time()

    @property
    def is_set(self) -> bool:
        """Whether it was set and not cleared."""
        return self._handle is not None

    def set(self, delay_s: float, late: Callable[[], object]) -> None:
        """Call the function after the delay."""
        self.clear()
        self._handle = self._loop.call_later(delay_s, late)

    def clear(self) -> None:
        """Forget what was set."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
