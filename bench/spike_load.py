"""The load of the spike: requests that come when they come, and who hands them to processes.

No process is given more than it takes, as Lambda and a load balancer that counts do. What no process
takes waits, and is refused when it has waited for too long.
"""

import json
import multiprocessing as mp
import random
import selectors
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from spike_atlas import Asked
from spike_service import Outcome, Plan, packed, serve, unpacked

__all__ = ["Answered", "Arrival", "Fleet", "Load", "arrivals", "fleet"]

_PATIENCE_S = 180.0
_WAIT_S = 2.0
"""So long a request waits for a process: a web tier would have said 503 by then."""

REFUSED = Outcome("refused", "none")


@dataclass(frozen=True, slots=True)
class Load:
    """A steady rate, a rise to twenty times as much in a second, and that for some seconds."""

    per_second: float
    seconds: float
    steady_s: float = 2.0
    rise_s: float = 1.0
    steady_share: float = 0.05

    @property
    def ends_s(self) -> float:
        """When the last request comes."""
        return self.steady_s + self.rise_s + self.seconds

    def rate_at(self, at_s: float) -> float:
        """Return how many requests a second come at that moment."""
        risen = (at_s - self.steady_s) / self.rise_s if self.rise_s else 1.0
        share = self.steady_share + (1.0 - self.steady_share) * min(1.0, risen)
        return self.per_second * (self.steady_share if at_s < self.steady_s else share)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that comes at that second of the run."""

    at_s: float
    asked: Asked
    photo: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and its outcome: ``took_s`` from when it came, waiting for a process included."""

    at_s: float
    took_s: float
    outcome: Outcome


def arrivals(
    areas: tuple[Sequence[Asked], Sequence[float]],
    photos: Sequence[bytes],
    load: Load,
    seed: int = 7,
) -> list[Arrival]:
    """Return requests at random (Poisson) at the rates of the load."""
    chance = random.Random(seed)  # noqa: S311  # the same arrivals each time
    asked, shares = areas
    found: list[Arrival] = []
    at_s = chance.expovariate(load.per_second)
    while at_s < load.ends_s:
        if chance.random() * load.per_second < load.rate_at(at_s):
            (where,) = chance.choices(asked, shares)
            found.append(Arrival(at_s, where, chance.choice(photos)))
        at_s += chance.expovariate(load.per_second)
    return found


class Fleet:
    """Processes that answer, through one pipe for each request that they take at once.

    Who is free for longest is next; with ``recent_first`` who was busy last, as with Lambda.
    """

    def __init__(self, pipes: Sequence["Connection[bytes, bytes]"], *, recent_first: bool) -> None:
        self._free = deque(pipes)
        self._recent_first = recent_first
        self._selector = selectors.DefaultSelector()
        for pipe in pipes:
            self._selector.register(pipe, selectors.EVENT_READ)
        self._taken: dict[Connection[bytes, bytes], tuple[Arrival, float]] = {}
        self._answered: list[Answered] = []

    def run(self, coming: Sequence[Arrival]) -> list[Answered]:
        """Send each request when it comes, whatever became of those before; return all answers."""
        self._answered = []
        left, waiting = deque(coming), deque[tuple[Arrival, float]]()
        start_s = time.perf_counter() - (coming[0].at_s if coming else 0.0)
        while left or waiting or self._taken:
            now_s = time.perf_counter()
            while left and start_s + left[0].at_s <= now_s:
                arrival = left.popleft()
                waiting.append((arrival, start_s + arrival.at_s))
            self._hand_out(waiting)
            due_s = start_s + left[0].at_s - time.perf_counter() if left else _WAIT_S
            self._collect(max(0.0, due_s))
        return self._answered

    def saturate(self, coming: Sequence[Arrival], at_once: int) -> float:
        """Answer all, so many at a time; return how many a second that were."""
        left, waiting = deque(coming), deque[tuple[Arrival, float]]()
        start_s = time.perf_counter()
        while left or self._taken:
            while left and len(self._taken) < at_once:
                waiting.append((left.popleft(), time.perf_counter()))
                self._hand_out(waiting)
            self._collect(_WAIT_S)
        return len(coming) / (time.perf_counter() - start_s)

    def _hand_out(self, waiting: deque[tuple[Arrival, float]]) -> None:
        while waiting:
            arrival, came_s = waiting[0]
            if time.perf_counter() - came_s > _WAIT_S:
                self._answered.append(Answered(arrival.at_s, time.perf_counter() - came_s, REFUSED))
            elif self._free:
                pipe = self._free.pop() if self._recent_first else self._free.popleft()
                pipe.send_bytes(packed(arrival.asked, arrival.photo))
                self._taken[pipe] = arrival, came_s
            else:
                return
            waiting.popleft()

    def _collect(self, within_s: float) -> None:
        for key, _ in self._selector.select(within_s):
            pipe = key.fileobj
            if not isinstance(pipe, Connection):
                raise TypeError(pipe)
            arrival, came_s = self._taken.pop(pipe)
            outcome = unpacked(pipe.recv_bytes())
            self._answered.append(Answered(arrival.at_s, time.perf_counter() - came_s, outcome))
            self._free.append(pipe)

    def close(self) -> Counter[str]:
        """End the processes; return what they heard, by name of the event."""
        self._selector.close()
        heard: Counter[str] = Counter()
        for pipe in self._free:
            pipe.send_bytes(b"")
        for pipe in self._free:
            heard.update(json.loads(pipe.recv_bytes()))
        return heard


@contextmanager
def fleet(plan: Plan, processes: int, threads: int, *, recent_first: bool) -> Iterator[Fleet]:
    """Run the processes, each ready for so many requests at once."""
    context = mp.get_context("spawn")
    running = []
    pipes: list[list[Connection[bytes, bytes]]] = []
    for number in range(processes):
        pairs = [context.Pipe() for _ in range(threads)]
        process = context.Process(
            target=serve, args=([there for _, there in pairs], plan), name=f"service {number}"
        )
        process.start()
        running.append(process)
        for _, there in pairs:
            there.close()
        pipes.append([here for here, _ in pairs])
    in_turn = [pipe for same in zip(*pipes, strict=True) for pipe in same]
    try:
        for pipe in in_turn:
            if not pipe.poll(_PATIENCE_S) or pipe.recv_bytes() != b"ready":
                raise TimeoutError("a process did not start")
        yield Fleet(in_turn, recent_first=recent_first)
    finally:
        for pipe in in_turn:
            pipe.close()
        for process in running:
            process.join(_PATIENCE_S)
            if process.is_alive():
                process.kill()
