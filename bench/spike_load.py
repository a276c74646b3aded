"""The load of the spike: requests that come when they come, and who hands them to processes.

No process is given more than it takes, as Lambda does and a load balancer that counts. What no
process takes waits, and is refused when it has waited for too long.
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

__all__ = ["REFUSED", "Answered", "Fleet", "Load", "Request", "fleet", "requests"]

REFUSED = "refused"
_START_S = 120.0
_LOOK_S = 1.0

Pipe = Connection


@dataclass(frozen=True, slots=True)
class Load:
    """A steady rate, a rise to twenty times as much within a second, and that for some seconds.

    A request waits for a process for ``patience_s``; a web tier would have said 503 by then.
    """

    per_second: float
    seconds: float
    steady_s: float = 2.0
    rise_s: float = 1.0
    steady_share: float = 1 / 20
    patience_s: float = 2.0

    @property
    def ends_s(self) -> float:
        """When the last request has come."""
        return self.steady_s + self.rise_s + self.seconds

    def rate_at(self, at_s: float) -> float:
        """Return how many requests a second come at that moment."""
        risen = min(1.0, max(0.0, at_s - self.steady_s) / self.rise_s) if self.rise_s else 1.0
        return self.per_second * (self.steady_share + (1.0 - self.steady_share) * risen)


@dataclass(frozen=True, slots=True)
class Request:
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


def requests(
    areas: Sequence[Asked], shares: Sequence[float], photos: Sequence[bytes], load: Load
) -> list[Request]:
    """Return requests at random (Poisson) at the rates of the load, the same ones each time."""
    chance = random.Random(7)  # noqa: S311
    found: list[Request] = []
    at_s = chance.expovariate(load.per_second)
    while at_s < load.ends_s:
        if chance.random() * load.per_second < load.rate_at(at_s):
            (asked,) = chance.choices(areas, shares)
            found.append(Request(at_s, asked, chance.choice(photos)))
        at_s += chance.expovariate(load.per_second)
    return found


class Fleet:
    """Processes that answer, through one pipe for each request that they take at once.

    Whoever was busy last is next, as with Lambda: of those that are free most stay so.
    """

    def __init__(self, pipes: "Sequence[Pipe[bytes, bytes]]", patience_s: float) -> None:
        self._patience_s = patience_s
        self._free = list(reversed(pipes))
        self._taken: dict[Pipe[bytes, bytes], tuple[Request, float]] = {}
        self._waiting: deque[tuple[Request, float]] = deque()
        self._answered: list[Answered] = []
        self._selector = selectors.DefaultSelector()
        for pipe in pipes:
            self._selector.register(pipe, selectors.EVENT_READ, pipe)

    def run(self, coming: Sequence[Request]) -> list[Answered]:
        """Hand out each request when it comes, whatever became of those before."""
        left, self._answered = deque(coming), []
        start_s = time.perf_counter()
        while left or self._waiting or self._taken:
            now_s = time.perf_counter()
            while left and start_s + left[0].at_s <= now_s:
                request = left.popleft()
                self._waiting.append((request, start_s + request.at_s))
            self._hand_out()
            due_s = start_s + left[0].at_s - time.perf_counter() if left else _LOOK_S
            self._collect(max(0.0, due_s))
        return self._answered

    def saturated(self, coming: Sequence[Request]) -> float:
        """Answer all as fast as the processes can; return how many a second that were."""
        left, self._answered = deque(coming), []
        start_s = time.perf_counter()
        while left or self._taken:
            while left and self._free:
                self._waiting.append((left.popleft(), time.perf_counter()))
                self._hand_out()
            self._collect(_LOOK_S)
        return len(coming) / (time.perf_counter() - start_s)

    def close(self) -> Counter[str]:
        """End the processes; return what happened in them, by name of the event."""
        self._selector.close()
        heard: Counter[str] = Counter()
        for pipe in self._free:
            pipe.send_bytes(b"")
            heard.update(json.loads(pipe.recv_bytes()))
        return heard

    def _hand_out(self) -> None:
        while self._waiting:
            request, came_s = self._waiting[0]
            waited_s = time.perf_counter() - came_s
            if waited_s > self._patience_s:
                outcome = Outcome(REFUSED, "none")
                self._answered.append(Answered(request.at_s, waited_s, outcome))
            elif self._free:
                pipe = self._free.pop()
                pipe.send_bytes(packed(request.asked, request.photo))
                self._taken[pipe] = request, came_s
            else:
                return
            self._waiting.popleft()

    def _collect(self, within_s: float) -> None:
        for key, _ in self._selector.select(within_s):
            pipe: Pipe[bytes, bytes] = key.data
            request, came_s = self._taken.pop(pipe)
            outcome = unpacked(pipe.recv_bytes())
            took_s = time.perf_counter() - came_s
            self._answered.append(Answered(request.at_s, took_s, outcome))
            self._free.append(pipe)


@contextmanager
def fleet(plan: Plan, processes: int, threads: int, patience_s: float) -> Iterator[Fleet]:
    """Run so many processes, each ready for so many requests at once."""
    context = mp.get_context("spawn")
    running = []
    pipes: list[list[Pipe[bytes, bytes]]] = []
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
            if not pipe.poll(_START_S) or pipe.recv_bytes() != b"ready":
                raise TimeoutError("a process did not start")
        yield Fleet(in_turn, patience_s)
    finally:
        for pipe in in_turn:
            pipe.close()
        for process in running:
            process.join(_START_S)
            if process.is_alive():
                process.kill()
