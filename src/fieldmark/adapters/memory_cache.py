"""The cache in this process: least recently used goes first, bounded by bytes and by time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from time import monotonic
from typing import Final

__all__ = ["MemoryCache"]

_ENTRY_OVERHEAD_BYTES: Final = 280
"""What an entry costs beside the characters and bytes: dict slot, link, tuple, headers."""


class MemoryCache:
    """A ports.Cache that never holds more than ``max_bytes``, by its own count."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much it holds now."""
        return self._size_bytes

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See ports.Cache."""
        now_s = self._clock()
        with self._lock:
            found = ((key, self._get(key, now_s)) for key in keys)
            return {key: value for key, value in found if value is not None}

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """See ports.Cache."""
        with self._lock:
            self._put(entries, ttl_s)

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        """See ports.Cache."""
        with self._lock:
            now_s = self._clock()
            new = {key: value for key, value in entries.items() if self._get(key, now_s) is None}
            self._put(new, ttl_s)
        return new.keys()

    def close(self) -> None:
        """See ports.Cache."""
        with self._lock:
            self._entries.clear()
            self._size_bytes = 0

    def _get(self, key: str, now_s: float) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires_s, value = entry
        if expires_s <= now_s:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return value

    def _put(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        expires_s = self._clock() + ttl_s
        for key, value in entries.items():
            self._drop(key)
            self._entries[key] = (expires_s, value)
            self._size_bytes += _size_bytes(key, value)
        while self._size_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size_bytes -= _size_bytes(key, entry[1])


def _size_bytes(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_OVERHEAD_BYTES
