"""Capacity: so many photos at work, so many waiting, and a prompt refusal for the rest."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final, TypeVar

from fieldmark.errors import Overloaded

__all__ = ["Capacity", "ClientLeft", "Place"]

T = TypeVar("T")

GRACE_S: Final = 0.03
"""How long a request holds its place while its body comes in.

A body from a fast network or a load balancer is there by then, so that what cannot be served is
refused before it is read. A phone takes seconds and must not keep others out meanwhile: it
competes again when its body is whole.
"""

_CALM_S: Final = 0.5
"""A load that stays refuses someone within it: five photos of one core."""

_MEMORY: Final = 0.2
"""The weight of the newest photo in the running mean of how long one takes."""


class ClientLeft(Exception):
    """Whoever asked has gone; there is nobody to answer. It never leaves the web's door."""


class Capacity:
    """A pool of threads with a short queue. Everything but the work runs on the event loop.

    The queue is for bursts. Where more are refused than there are places, and never half a second
    passes without, it only adds waiting (Nichols and Jacobson 2012, on standing queues): then a
    quarter must do, until half a second has passed.
    """

    def __init__(
        self,
        workers: int,
        queue: int,
        grace_s: float = GRACE_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._pool = ThreadPoolExecutor(workers, "photo")
        self._free = asyncio.Semaphore(workers)
        self._workers = workers
        self._limit = workers + queue
        self._limit_when_standing = workers + (queue + 3) // 4
        self._refused = 0
        self._refused_s = -math.inf
        self._grace_s = grace_s
        self._clock = clock
        self._held = 0
        self._typical_s = 0.05

    @property
    def held(self) -> int:
        """How many places are taken: by what arrives, waits and is at work."""
        return self._held

    @contextmanager
    def arrive(self) -> "Iterator[Place]":
        """Give a request its place, from its headers to its answer.

        Raises:
            Overloaded: every place is taken.
        """
        place = Place(self.take, self.give_back)
        place.take()
        lapse = asyncio.get_running_loop().call_later(self._grace_s, place.lapse)
        try:
            yield place
        finally:
            lapse.cancel()
            place.give_back()

    async def run(
        self,
        place: "Place",
        work: Callable[[Callable[[], bool]], T],
        left: Callable[[], Awaitable[None]],
    ) -> T:
        """Return what the work returns, run in a thread when its turn comes.

        Args:
            place: the request's; taken again if it lapsed while the body came in.
            work: it is run once or, if the client leaves while it waits, never. It is handed a
                function that tells whether the client has left meanwhile.
            left: ends when the client has left.
        Raises:
            Overloaded: the place had lapsed and all are taken.
            ClientLeft: the client left; if the work ran, what it returned is discarded.
        """
        place.keep()
        leaving = asyncio.ensure_future(left())
        try:
            await self._turn(leaving)
            result = await self._at_work(work, leaving.done)
            if leaving.done():
                raise ClientLeft
            return result
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    def close(self) -> None:
        """Wait for what runs and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    def take(self) -> None:
        """Take one place.

        Raises:
            Overloaded: every place is taken.
        """
        now_s = self._clock()
        if now_s - self._refused_s > _CALM_S:
            self._refused = 0
        is_standing = self._refused >= self._limit
        if self._held >= (self._limit_when_standing if is_standing else self._limit):
            self._refused += 1
            self._refused_s = now_s
            wait_s = math.ceil(self._typical_s * self._limit / self._workers)
            raise Overloaded(
                f"{self._held} photos are at work or waiting, and that is all this server takes at "
                f"once; try again in {wait_s} s",
                float(wait_s),
            )
        self._held += 1

    def give_back(self) -> None:
        """Free one place."""
        self._held -= 1

    async def _turn(self, leaving: "asyncio.Future[None]") -> None:
        """Wait for a free thread; a client that leaves before is never served."""
        turn = asyncio.ensure_future(self._free.acquire())
        waited: list[asyncio.Future[Any]] = [turn, leaving]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            served = turn.done() and not leaving.done()
            if not served and not turn.cancel():
                self._free.release()
        if not served:
            raise ClientLeft

    async def _at_work(
        self, work: Callable[[Callable[[], bool]], T], gone: Callable[[], bool]
    ) -> T:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        running = loop.run_in_executor(self._pool, work, gone)
        # Freed by the work's own end: a thread goes on when whoever waits for it is cancelled.
        running.add_done_callback(lambda _: self._finish(loop.time() - start_s))
        return await asyncio.shield(running)

    def _finish(self, took_s: float) -> None:
        self._typical_s += _MEMORY * (took_s - self._typical_s)
        self._free.release()


class Place:
    """One request's place. It may lapse before the work begins, and then be taken again."""

    def __init__(self, take: Callable[[], None], give_back: Callable[[], None]) -> None:
        self._take = take
        self._give_back = give_back
        self._is_held = False
        self._may_lapse = True

    def take(self) -> None:
        """Take the place if it is not held."""
        if not self._is_held:
            self._take()
            self._is_held = True

    def keep(self) -> None:
        """Take the place if it lapsed, and let it lapse no more."""
        self.take()
        self._may_lapse = False

    def lapse(self) -> None:
        """Free the place for others, unless it is kept."""
        if self._may_lapse:
            self.give_back()

    def give_back(self) -> None:
        """Free the place if it is held."""
        if self._is_held:
            self._is_held = False
            self._give_back()
