"""Single flight: one fetch per key, whoever asks, and an error reaches all who wait."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from fieldmark.adapters.single_flight import SingleFlight
from fieldmark.errors import Unavailable


def _double(keys: list[int]) -> Mapping[int, int]:
    return {key: 2 * key for key in keys if key != 13}


def test_what_is_fetched_comes_back_and_the_rest_is_absent() -> None:
    assert SingleFlight[int, int](5.0).fetch([1, 13, 2], _double) == {1: 2, 2: 4}


def test_a_key_named_twice_is_fetched_once() -> None:
    calls: list[list[int]] = []

    def fetch(keys: list[int]) -> Mapping[int, int]:
        calls.append(keys)
        return _double(keys)

    SingleFlight[int, int](5.0).fetch([1, 1], fetch)

    assert calls == [[1]]


def _two_threads(
    first: Callable[[list[int]], Mapping[int, int]], keys: list[int]
) -> tuple[list[list[int]], list[BaseException | dict[int, int]]]:
    """Let a second thread ask for ``keys`` while the first is fetching 1 and 2."""
    flights = SingleFlight[int, int](5.0)
    started, go = Event(), Event()
    second_asked: list[list[int]] = []

    def slow(wanted: list[int]) -> Mapping[int, int]:
        started.set()
        go.wait(5.0)
        return first(wanted)

    def second(wanted: list[int]) -> Mapping[int, int]:
        second_asked.append(wanted)
        go.set()
        return _double(wanted)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(flights.fetch, [1, 2], slow)
        started.wait(5.0)
        two = pool.submit(flights.fetch, keys, second)
        outcomes = [future.exception() or future.result() for future in (one, two)]
    return second_asked, outcomes


def test_only_what_nobody_is_fetching_is_fetched() -> None:
    asked, outcomes = _two_threads(_double, [2, 3])

    assert asked == [[3]]
    assert outcomes == [{1: 2, 2: 4}, {2: 4, 3: 6}]


def test_an_error_reaches_those_who_wait() -> None:
    def fail(_: list[int]) -> Mapping[int, int]:
        raise OSError("gone")

    _, outcomes = _two_threads(fail, [2, 3])

    assert [str(outcome) for outcome in outcomes] == ["gone", "gone"]


def test_after_an_error_the_next_call_tries_again() -> None:
    flights = SingleFlight[int, int](5.0)

    def fail(_: list[int]) -> Mapping[int, int]:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        flights.fetch([1], fail)
    assert flights.fetch([1], _double) == {1: 2}


def test_a_key_that_is_spared_is_absent_where_another_thread_fetches_it() -> None:
    flights = SingleFlight[int, int](5.0)
    started, go = Event(), Event()

    def slow(keys: list[int]) -> Mapping[int, int]:
        started.set()
        go.wait(5.0)
        return _double(keys)

    with ThreadPoolExecutor(1) as pool:
        one = pool.submit(flights.fetch, [1], slow)
        started.wait(5.0)
        spared = flights.fetch([1, 2], _double, spare=[1, 2])
        go.set()

        assert spared == {2: 4}
        assert one.result() == {1: 2}


def test_nobody_waits_for_another_thread_without_end() -> None:
    flights = SingleFlight[int, int](0.02)
    started, go = Event(), Event()

    def slow(keys: list[int]) -> Mapping[int, int]:
        started.set()
        go.wait(5.0)
        return _double(keys)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(flights.fetch, [1], slow)
        started.wait(5.0)
        with pytest.raises(Unavailable, match="in time"):
            flights.fetch([1], _double)
        go.set()


def test_a_fetch_that_timed_out_itself_says_so_to_all() -> None:
    def late(_: list[int]) -> Mapping[int, int]:
        raise TimeoutError("the server took long")

    _, outcomes = _two_threads(late, [2, 3])

    assert [str(outcome) for outcome in outcomes] == ["the server took long"] * 2
