"""Work in threads: outcomes in order, a bounded number ahead, nothing begun after a failure."""

import threading
from collections.abc import Iterator

import pytest

from fieldmark.threads import in_order


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_outcomes_come_in_the_order_of_the_items(threads: int) -> None:
    assert list(in_order(lambda n: n * n, range(100), threads)) == [n * n for n in range(100)]


@pytest.mark.parametrize("threads", [1, 3])
def test_few_items_are_taken_before_their_outcome_is(threads: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    outcomes = in_order(lambda n: n, items(), threads)

    assert next(outcomes) == 0
    assert len(taken) <= 2 * threads


def test_threads_work_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)

    assert list(in_order(lambda _: both.wait() >= 0, range(2), 2)) == [True, True]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_failure_comes_in_its_turn_and_nothing_is_begun_after_it(threads: int) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 5:
            raise ValueError("five")
        return number

    outcomes = in_order(work, range(100), threads)

    assert [next(outcomes) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="five"):
        next(outcomes)
    assert len(begun) <= 5 + 2 * threads


def test_no_thread_is_left_when_outcomes_are_no_longer_wanted() -> None:
    before = threading.active_count()
    outcomes = in_order(lambda n: n, range(100), 3)
    next(outcomes)

    outcomes.close()  # type: ignore[attr-defined]  # it is a generator

    assert threading.active_count() == before
