"""Single flight: of many threads that want the same key at once, one fetches it for all."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from time import monotonic
from typing import Generic, TypeVar

from fieldmark.errors import Unavailable

__all__ = ["SingleFlight"]

K = TypeVar("K")
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Keys on their way, each with whoever waits for it, at most ``wait_s`` for another thread."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._flights: dict[K, Future[V | None]] = {}

    def fetch(
        self,
        keys: Iterable[K],
        fetch: Callable[[list[K]], Mapping[K, V]],
        spare: Collection[K] = (),
    ) -> dict[K, V]:
        """Return what ``fetch`` finds for the keys; keys that it does not find are absent.

        Calls it at most once, with the keys that nobody else is fetching. An error in it reaches
        every thread that waits for one of its keys; the next call tries again. Keys to ``spare``
        are not worth waiting for: they are absent where another thread fetches them.

        Raises:
            Unavailable: another thread took too long.
        """
        mine, theirs = self._claim(keys)
        found = self._fly(mine, fetch) if mine else {}
        until_s = monotonic() + self._wait_s
        for key, flight in theirs.items():
            if key not in spare:
                value = self._landed(flight, until_s - monotonic())
                if value is not None:
                    found[key] = value
        return found

    def _claim(
        self, keys: Iterable[K]
    ) -> tuple[dict[K, Future[V | None]], dict[K, Future[V | None]]]:
        mine: dict[K, Future[V | None]] = {}
        theirs: dict[K, Future[V | None]] = {}
        with self._lock:
            for key in dict.fromkeys(keys):
                if key in self._flights:
                    theirs[key] = self._flights[key]
                else:
                    mine[key] = self._flights[key] = Future()
        return mine, theirs

    def _fly(
        self, mine: Mapping[K, Future[V | None]], fetch: Callable[[list[K]], Mapping[K, V]]
    ) -> dict[K, V]:
        try:
            found = dict(fetch(list(mine)))
        except BaseException as error:
            self._land(mine)
            for flight in mine.values():
                flight.set_exception(error)
            raise
        self._land(mine)
        for key, flight in mine.items():
            flight.set_result(found.get(key))
        return found

    def _landed(self, flight: "Future[V | None]", within_s: float) -> V | None:
        try:
            return flight.result(max(0.0, within_s))
        except TimeoutError:
            if flight.done():
                raise
            raise Unavailable("what another request reads did not come in time") from None

    def _land(self, keys: Iterable[K]) -> None:
        with self._lock:
            for key in keys:
                del self._flights[key]
