"""A queue for reads: bounded, in order, together where they can, and never without end."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from fieldmark.adapters.read_queue import ReadQueue
from fieldmark.errors import Unavailable
from waiting import wait_until

PATIENCE_S = 10.0


class Held:
    """Reads that last until they are let go; ``reads`` lists what each was asked for."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, ...]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._go = threading.Semaphore(0)
        self.fault: Exception | None = None

    def __call__(self, wanted: Sequence[int]) -> dict[int, int]:
        with self._lock:
            self.reads.append(tuple(wanted))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self._go.acquire(timeout=PATIENCE_S)
        with self._lock:
            self._at_once -= 1
        if self.fault is not None:
            raise self.fault
        return {number: 2 * number for number in wanted}

    def let_go(self, reads: int = 1) -> None:
        for _ in range(reads):
            self._go.release()


@pytest.fixture
def held() -> Held:
    return Held()


Ask = Callable[..., "Future[dict[int, int]]"]


def waiting(queue: ReadQueue[dict[int, int]]) -> int:
    return sum(batch.waiting for batch in queue._queue)


def filled(queue: ReadQueue[dict[int, int]], pool: ThreadPoolExecutor, held: Held) -> Ask:
    """Return what asks in a thread of its own and comes back once that reads or waits."""

    def ask(*wanted: int, kind: str = "areas") -> "Future[dict[int, int]]":
        reads, queued = len(held.reads), waiting(queue)
        future = pool.submit(queue.read, kind, wanted, held)
        wait_until(lambda: len(held.reads) > reads or waiting(queue) > queued or future.done())
        return future

    return ask


def test_no_more_than_so_many_read_at_once(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(3, PATIENCE_S)
    held.let_go(1_000)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: queue.read(f"kind {n}", [n], held), range(200)))

    assert held.most_at_once <= 3
    assert found == [{n: 2 * n} for n in range(200)]


def test_what_waits_goes_as_one_read(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S)

    with ThreadPoolExecutor(4) as pool:
        ask = filled(queue, pool, held)
        futures = [ask(1), ask(2, 3), ask(3, 4), ask(5)]
        held.let_go(2)
        found = [future.result(PATIENCE_S) for future in futures]

    assert held.reads == [(1,), (2, 3, 4, 5)]
    assert found[1] == found[2] == found[3] == {2: 4, 3: 6, 4: 8, 5: 10}


def test_what_differs_in_kind_goes_apart_and_the_longest_wait_first(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S)

    with ThreadPoolExecutor(4) as pool:
        ask = filled(queue, pool, held)
        ask(1)
        ask(2, kind="taxa")
        ask(3)
        ask(4, kind="taxa")
        held.let_go(3)

    assert held.reads == [(1,), (2, 4), (3,)]


def test_no_read_asks_for_more_than_one_may(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S)

    with ThreadPoolExecutor(4) as pool:
        ask = filled(queue, pool, held)
        ask(0)
        ask(*range(200))
        ask(*range(200, 300))
        ask(*range(150, 250))
        held.let_go(3)

    assert [len(read) for read in held.reads] == [1, 250, 100]


def test_nobody_waits_for_longer_than_there_is_time(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, 0.02)

    with ThreadPoolExecutor(2) as pool:
        ask = filled(queue, pool, held)
        first, second = ask(1), ask(2)
        with pytest.raises(Unavailable, match="too much"):
            second.result(PATIENCE_S)
        held.let_go()
        first.result(PATIENCE_S)

    assert held.reads == [(1,)]


def test_who_gave_up_leaves_nothing_behind(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, 0.02)

    with ThreadPoolExecutor(2) as pool:
        ask = filled(queue, pool, held)
        ask(1)
        assert ask(2).exception(PATIENCE_S) is not None
        held.let_go(2)
        again = pool.submit(queue.read, "areas", [3], held).result(PATIENCE_S)

    assert again == {3: 6}
    assert held.reads == [(1,), (3,)]
    assert (queue._running, list(queue._queue)) == (0, [])


def test_an_error_reaches_all_who_went_together_and_the_next_try_again(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S)
    held.fault = Unavailable("dropped")

    with ThreadPoolExecutor(4) as pool:
        ask = filled(queue, pool, held)
        futures = [ask(1), ask(2), ask(3)]
        held.let_go(2)
        errors = [str(future.exception(PATIENCE_S)) for future in futures]
        held.fault = None
        held.let_go()

        assert errors == ["dropped"] * 3
        assert ask(4).result(PATIENCE_S) == {4: 8}


def test_while_there_is_no_hope_nobody_waits(held: Held) -> None:
    hopeless = False
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S, lambda: hopeless)
    held.fault = Unavailable("frozen")

    with ThreadPoolExecutor(4) as pool:
        ask = filled(queue, pool, held)
        futures = [ask(1), ask(2), ask(3, kind="taxa")]
        hopeless = True
        late = ask(4)
        assert late.exception(PATIENCE_S) is not None
        held.let_go()
        errors = [str(future.exception(PATIENCE_S)) for future in futures]

    assert errors == ["frozen"] * 3
    assert held.reads == [(1,)]


def test_a_read_that_was_broken_off_frees_its_place(held: Held) -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(1, PATIENCE_S)

    def broken_off(_: Sequence[int]) -> dict[int, int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        queue.read("areas", [1], broken_off)
    held.let_go()

    assert queue.read("areas", [2], held) == {2: 4}


def test_under_a_storm_every_wish_is_granted_and_no_place_is_lost() -> None:
    queue: ReadQueue[dict[int, int]] = ReadQueue(2, PATIENCE_S)

    def read(wanted: Sequence[int]) -> dict[int, int]:
        return {number: 2 * number for number in wanted}

    def ask(number: int) -> bool:
        found = queue.read(number % 3, [number, number + 1], read)
        return found[number] == 2 * number and found[number + 1] == 2 * number + 2

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(ask, range(3_000)))

    assert (queue._running, list(queue._queue)) == (0, [])
