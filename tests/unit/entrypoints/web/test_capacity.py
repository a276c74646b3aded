"""Capacity on a real event loop with real threads; gates stand in for time."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from fakes import Clock
from fieldmark.entrypoints.web.capacity import Capacity, ClientLeft
from fieldmark.errors import Overloaded

HANGING_S = 10.0


class Gate:
    """Work that begins, waits to be let through and counts how often it ran."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.runs = 0
        self.seen_gone: list[bool] = []

    def __call__(self, gone: Callable[[], bool]) -> str:
        self.runs += 1
        assert self.opened.wait(HANGING_S)
        self.seen_gone.append(gone())
        return "done"


async def never() -> None:
    await asyncio.Event().wait()


async def served(capacity: Capacity, work: Gate, left: Callable[[], asyncio.Future[None]]) -> str:
    with capacity.arrive() as place:
        return await capacity.run(place, work, left)


def staying() -> asyncio.Future[None]:
    return asyncio.ensure_future(never())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANGING_S):
        while not holds():  # noqa: ASYNC110  # what is waited for happens in a thread
            await asyncio.sleep(0.001)


def test_more_than_work_and_wait_are_refused_at_once_with_when_to_try_again() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 2), Gate()
        tasks = [asyncio.create_task(served(capacity, gate, staying)) for _ in range(3)]
        await until(lambda: gate.runs == 1 and capacity.held == 3)

        with pytest.raises(Overloaded, match="3 photos are at work or waiting") as refused:
            await served(capacity, gate, staying)
        assert refused.value.retry_after_s >= 1

        gate.opened.set()
        assert await asyncio.gather(*tasks) == ["done"] * 3
        assert (gate.runs, capacity.held) == (3, 0)
        capacity.close()

    asyncio.run(scenario())


def test_under_a_load_that_stays_a_quarter_of_the_queue_must_do_until_nobody_was_refused() -> None:
    async def scenario() -> None:
        clock = Clock()
        capacity = Capacity(1, 4, clock=clock)
        await fill(capacity, 5)

        clock.pass_time(0.4)
        await fill(capacity, 2)

        clock.pass_time(0.6)
        await fill(capacity, 5)
        capacity.close()

    asyncio.run(scenario())


def test_refusals_that_are_far_apart_leave_the_queue_as_it_is() -> None:
    async def scenario() -> None:
        clock = Clock()
        capacity = Capacity(1, 4, clock=clock)
        for _ in range(10):
            await fill(capacity, 5, refused=1)
            clock.pass_time(0.6)
        capacity.close()

    asyncio.run(scenario())


async def fill(capacity: Capacity, places: int, refused: int = 5) -> None:
    """Let as many come as there are places, and some more; then all leave."""
    gate = Gate()
    tasks = [asyncio.create_task(served(capacity, gate, staying)) for _ in range(places)]
    await until(lambda: capacity.held == places)
    for _ in range(refused):
        with pytest.raises(Overloaded):
            await served(capacity, gate, staying)
    gate.opened.set()
    assert await asyncio.gather(*tasks) == ["done"] * places


def test_without_a_queue_only_what_runs_is_taken() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 0), Gate()
        task = asyncio.create_task(served(capacity, gate, staying))
        await until(lambda: gate.runs == 1)

        with pytest.raises(Overloaded):
            await served(capacity, gate, staying)

        gate.opened.set()
        assert await task == "done"
        capacity.close()

    asyncio.run(scenario())


def test_a_waiting_request_whose_client_left_is_never_run() -> None:
    async def scenario() -> None:
        capacity, first, second = Capacity(1, 2), Gate(), Gate()
        task = asyncio.create_task(served(capacity, first, staying))
        await until(lambda: first.runs == 1)
        leaves = asyncio.Event()
        waiting = asyncio.create_task(
            served(capacity, second, lambda: asyncio.ensure_future(_set(leaves)))
        )
        await until(lambda: capacity.held == 2)

        leaves.set()
        with pytest.raises(ClientLeft):
            await waiting

        assert capacity.held == 1
        first.opened.set()
        assert await task == "done"
        assert second.runs == 0
        capacity.close()

    asyncio.run(scenario())


def test_a_running_request_whose_client_left_is_discarded_and_its_thread_freed() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 0), Gate()
        leaves = asyncio.Event()
        task = asyncio.create_task(
            served(capacity, gate, lambda: asyncio.ensure_future(_set(leaves)))
        )
        await until(lambda: gate.runs == 1)
        leaves.set()
        await asyncio.sleep(0)
        gate.opened.set()

        with pytest.raises(ClientLeft):
            await task
        assert gate.seen_gone == [True]

        assert await served(capacity, gate, staying) == "done"
        capacity.close()

    asyncio.run(scenario())


def test_a_place_lapses_while_a_slow_body_comes_in_and_is_taken_again() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 0, grace_s=0.0), Gate()
        gate.opened.set()
        with capacity.arrive() as slow:
            await until(lambda: capacity.held == 0)

            assert await served(capacity, gate, staying) == "done"
            assert await capacity.run(slow, gate, staying) == "done"
        assert capacity.held == 0
        capacity.close()

    asyncio.run(scenario())


def test_a_slow_body_whose_place_is_taken_by_others_is_refused() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 0, grace_s=0.0), Gate()
        with capacity.arrive() as slow:
            await until(lambda: capacity.held == 0)
            task = asyncio.create_task(served(capacity, gate, staying))
            await until(lambda: gate.runs == 1)

            with pytest.raises(Overloaded):
                await capacity.run(slow, gate, staying)
        gate.opened.set()
        assert await task == "done"
        assert capacity.held == 0
        capacity.close()

    asyncio.run(scenario())


def test_a_place_that_is_kept_does_not_lapse_any_more() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 0, grace_s=0.02), Gate()
        task = asyncio.create_task(served(capacity, gate, staying))
        await until(lambda: gate.runs == 1)
        await asyncio.sleep(0.05)

        assert capacity.held == 1
        gate.opened.set()
        await task
        capacity.close()

    asyncio.run(scenario())


def test_an_error_in_the_work_reaches_who_asked_and_frees_the_thread() -> None:
    def broken(_: Callable[[], bool]) -> str:
        raise KeyError("broken")

    async def scenario() -> None:
        capacity, gate = Capacity(1, 0), Gate()
        gate.opened.set()
        with pytest.raises(KeyError), capacity.arrive() as place:
            await capacity.run(place, broken, staying)

        assert await served(capacity, gate, staying) == "done"
        capacity.close()

    asyncio.run(scenario())


def test_a_cancelled_request_leaves_no_place_behind() -> None:
    async def scenario() -> None:
        capacity, gate = Capacity(1, 1), Gate()
        running = asyncio.create_task(served(capacity, gate, staying))
        await until(lambda: gate.runs == 1)
        waiting = asyncio.create_task(served(capacity, gate, staying))
        await until(lambda: capacity.held == 2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        assert capacity.held == 1
        gate.opened.set()
        assert await running == "done"
        assert await served(capacity, gate, staying) == "done"
        assert gate.runs == 2
        capacity.close()

    asyncio.run(scenario())


async def _set(event: asyncio.Event) -> None:
    await event.wait()
