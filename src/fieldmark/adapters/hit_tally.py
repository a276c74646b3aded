"""How often a cache had what was asked for, told in lots: a hit costs no event of its own."""

import threading
from time import monotonic
from typing import Final

from fieldmark.ports import Observer

__all__ = ["HitTally"]

_EVERY_S: Final = 10.0


class HitTally:
    """Counts keys and tells an observer ``cache.read``: at each miss, and every ten seconds.

    Hits that nobody has been told of yet go with the next event.
    """

    def __init__(self, part: str, observer: Observer) -> None:
        self._part = part
        self._observer = observer
        self._lock = threading.Lock()
        self._hits = 0
        self._told_at_s = monotonic()

    def hit(self, keys: int) -> None:
        """Count keys of a read that missed nothing."""
        with self._lock:
            self._hits += keys
            due = monotonic() - self._told_at_s > _EVERY_S
        if due:
            self.missed(0, 0, 0)

    def missed(self, hits: int, aged: int, misses: int) -> None:
        """Count the keys of a read that had to ask further, and tell what was counted."""
        with self._lock:
            hits, self._hits = self._hits + hits, 0
            self._told_at_s = monotonic()
        self._observer.event("cache.read", part=self._part, hits=hits, aged=aged, misses=misses)
