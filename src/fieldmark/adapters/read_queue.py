"""A queue for reads: so many at once, and those of one kind that wait go together as one."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Final, Generic, TypeVar

from fieldmark.errors import Unavailable

__all__ = ["ReadQueue"]

T = TypeVar("T")

_MOST: Final = 256
"""Things in one read: what nineteen areas and all cells around them ask for, twice."""


class _Batch(Generic[T]):
    """Requests that are answered by one read. All of it is guarded by the queue's lock."""

    def __init__(self, kind: Hashable, lock: threading.Lock) -> None:
        self.kind = kind
        self.wanted: dict[int, None] = {}
        self.waiting = 0
        self.is_due = False
        self.is_over = False
        self.found: T | None = None
        self.error: Exception | None = None
        self.changed = threading.Condition(lock)

    def has_room_for(self, wanted: Collection[int]) -> bool:
        return len(self.wanted.keys() | wanted) <= _MOST

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self.found  # type: ignore[return-value]  # there is one where there is no error


class ReadQueue(Generic[T]):
    """Runs reads in the threads that ask, never more than ``at_once`` of them.

    Who finds no room waits, at most ``wait_s``. When a read ends, the longest wait is over: one of
    those threads reads for all that have come meanwhile with a wish of the same kind. While
    ``is_hopeless`` says so nobody waits: they would wait for what fails.
    """

    def __init__(
        self, at_once: int, wait_s: float, is_hopeless: Callable[[], bool] = lambda: False
    ) -> None:
        self._at_once = at_once
        self._wait_s = wait_s
        self._is_hopeless = is_hopeless
        self._lock = threading.Lock()
        self._running = 0
        self._queue: deque[_Batch[T]] = deque()

    def read(self, kind: Hashable, wanted: Sequence[int], work: Callable[[Sequence[int]], T]) -> T:
        """Return what ``work`` makes of these wishes, or of more that were asked for meanwhile.

        Of two reads of one kind either's ``work`` may serve both.

        Raises:
            Unavailable: there was no room in time.
        """
        with self._lock:
            if self._running < self._at_once:
                self._running += 1
                batch = self._batch(kind, wanted)
            else:
                batch = self._join(kind, wanted)
                self._wait(batch)
                if batch.is_over:
                    return batch.outcome()
                batch.is_due = False
        return self._run(batch, work)

    def _batch(self, kind: Hashable, wanted: Sequence[int]) -> _Batch[T]:
        batch = _Batch[T](kind, self._lock)
        batch.wanted = dict.fromkeys(wanted)
        return batch

    def _join(self, kind: Hashable, wanted: Sequence[int]) -> _Batch[T]:
        if self._is_hopeless():
            raise Unavailable("the features database does not answer, and another request tries it")
        for batch in self._queue:
            if batch.kind == kind and batch.has_room_for(wanted):
                batch.wanted |= dict.fromkeys(wanted)
                return batch
        self._queue.append(self._batch(kind, wanted))
        return self._queue[-1]

    def _wait(self, batch: _Batch[T]) -> None:
        """Wait until the batch is due, for this thread to run it, or over."""
        batch.waiting += 1
        came = batch.changed.wait_for(lambda: batch.is_due or batch.is_over, self._wait_s)
        batch.waiting -= 1
        if not came:
            if not batch.waiting and batch in self._queue:
                self._queue.remove(batch)
            raise Unavailable(
                "the features of the area did not come in time: too much is read at once"
            )

    def _run(self, batch: _Batch[T], work: Callable[[Sequence[int]], T]) -> T:
        error: Exception | None = Unavailable("the read was broken off")
        try:
            batch.found = work(list(batch.wanted))
            error = None
        except Exception as caught:
            error = caught
            raise
        finally:
            with self._lock:
                self._end(batch, error)
        return batch.outcome()

    def _end(self, batch: _Batch[T], error: Exception | None) -> None:
        batch.error, batch.is_over = error, True
        batch.changed.notify_all()
        if error is not None and self._is_hopeless():
            for waiting in self._queue:
                waiting.error, waiting.is_over = error, True
                waiting.changed.notify_all()
            self._queue.clear()
        if self._queue:
            due = self._queue.popleft()
            due.is_due = True
            due.changed.notify()
        else:
            self._running -= 1
