"""The circuit breaker: one slow failure or a few quick ones open it, one good trial closes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import Clock, FakeCache, Recorder
from fieldmark.adapters.circuit_breaker import BreakerRules, CircuitBreaker, GuardedCache
from fieldmark.errors import AtlasBroken, Full, ReleaseGone, Unavailable, Waking

RULES = BreakerRules(slow_s=0.1, quick_failures=3, first_pause_s=0.5, longest_pause_s=15.0)


def _middle() -> float:
    return 0.5


@dataclass
class Server:
    """Something that may fail, and that takes its time; ``asked`` counts how often it was."""

    clock: Clock
    fault: Exception | None = None
    cost_s: float = 0.0
    asked: int = 0

    def __call__(self) -> str:
        self.asked += 1
        self.clock.now_s += self.cost_s
        if self.fault is not None:
            raise self.fault
        return "answer"


@dataclass
class Bench:
    """A breaker before a server, under one clock."""

    clock: Clock = field(default_factory=Clock)
    heard: Recorder = field(default_factory=Recorder)
    chance: Callable[[], float] = _middle

    def __post_init__(self) -> None:
        self.server = Server(self.clock)
        self.breaker = CircuitBreaker("the cache", RULES, self.heard, self.clock, self.chance)

    def call(self) -> bool:
        """Return whether the call succeeded."""
        try:
            return self.breaker.call(self.server) == "answer"
        except Unavailable:
            return False

    def freeze(self) -> None:
        self.server.fault, self.server.cost_s = Unavailable("no answer within 0.2 s"), 0.2

    def heal(self) -> None:
        self.server.fault, self.server.cost_s = None, 0.0


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_succeeds_passes(bench: Bench) -> None:
    assert [bench.call() for _ in range(9)] == [True] * 9
    assert bench.server.asked == 9


def test_one_slow_failure_opens_it_and_the_next_calls_cost_nothing(bench: Bench) -> None:
    bench.freeze()
    bench.call()
    then_s = bench.clock()

    assert [bench.call() for _ in range(100)] == [False] * 100
    assert bench.server.asked == 1
    assert bench.clock() == then_s


def test_quick_failures_open_it_at_the_third_in_a_row(bench: Bench) -> None:
    bench.server.fault = Unavailable("refused")

    for _ in range(5):
        bench.call()

    assert bench.server.asked == 3
    assert bench.breaker.is_open


def test_a_success_between_quick_failures_starts_the_count_anew(bench: Bench) -> None:
    for fault in [Unavailable("1"), Unavailable("2"), None, Unavailable("1"), Unavailable("2")]:
        bench.server.fault = fault
        bench.call()

    assert not bench.breaker.is_open


@pytest.mark.parametrize("fault", [ReleaseGone("gone"), Full("no room")])
def test_a_server_that_says_no_is_up(bench: Bench, fault: Exception) -> None:
    bench.server.fault = fault

    for _ in range(9):
        with pytest.raises(type(fault)):
            bench.breaker.call(bench.server)

    assert bench.server.asked == 9


def test_errors_of_other_kinds_pass_and_do_not_count(bench: Bench) -> None:
    bench.server.fault = AtlasBroken("not readable")

    for _ in range(9):
        with pytest.raises(AtlasBroken):
            bench.breaker.call(bench.server)

    assert not bench.breaker.is_open


def test_after_the_pause_one_good_trial_closes_it(bench: Bench) -> None:
    bench.freeze()
    bench.call()
    bench.heal()

    bench.clock.now_s += 0.49
    assert not bench.call()
    bench.clock.now_s += 0.01
    assert [bench.call() for _ in range(3)] == [True] * 3
    assert not bench.breaker.is_open


def test_pauses_double_from_half_a_second_to_a_quarter_of_a_minute(bench: Bench) -> None:
    bench.server.fault = Unavailable("refused")
    trials: list[float] = []
    began_s = bench.clock()

    for _ in range(600):
        before = bench.server.asked
        bench.call()
        if bench.server.asked > before:
            trials.append(round(bench.clock() - began_s, 3))
        bench.clock.now_s += 0.125

    # Three quick failures at 0, 1/8 and 2/8 s; then pauses of 1/2, 1, 2, 4, 8, 15, 15 … s
    assert trials == [0.0, 0.125, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 30.75, 45.75, 60.75]


def test_the_pause_starts_small_again_after_a_recovery(bench: Bench) -> None:
    bench.freeze()
    for _ in range(4):
        bench.call()
        bench.clock.now_s += 10.0
    bench.heal()
    assert bench.call()

    bench.freeze()
    bench.call()
    bench.heal()
    bench.clock.now_s += 0.5

    assert bench.call()


@given(st.floats(0.0, 1.0))
def test_a_pause_is_drawn_within_a_quarter_of_its_length(chance: float) -> None:
    bench = Bench(chance=lambda: chance)
    bench.freeze()
    bench.call()
    opened_s = bench.clock()
    bench.heal()

    bench.clock.now_s = opened_s + 0.374
    assert not bench.call()
    bench.clock.now_s = opened_s + 0.626
    assert bench.call()


def test_of_many_threads_one_is_let_through_as_the_trial(bench: Bench) -> None:
    bench.freeze()
    bench.call()
    bench.heal()
    bench.clock.now_s += 0.5
    started, finish = Event(), Event()

    def trial() -> str:
        started.set()
        finish.wait(5.0)
        return bench.server()

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(bench.breaker.call, trial)
        started.wait(5.0)
        others = list(pool.map(lambda _: bench.call(), range(50)))
        finish.set()

        assert first.result() == "answer"

    assert others == [False] * 50
    assert bench.server.asked == 2
    assert not bench.breaker.is_open


def test_a_trial_that_never_comes_back_costs_a_pause_and_no_more(bench: Bench) -> None:
    def never() -> str:
        raise KeyboardInterrupt

    bench.freeze()
    bench.call()
    bench.heal()
    bench.clock.now_s += 0.5
    with pytest.raises(KeyboardInterrupt):
        bench.breaker.call(never)

    assert not bench.call()
    bench.clock.now_s += 1.0
    assert bench.call()


def test_one_that_wakes_is_tried_by_each_call_and_closes_with_the_first_answer(
    bench: Bench,
) -> None:
    bench.server.fault, bench.server.cost_s = Waking("it is waking up"), 0.28
    for _ in range(70):
        bench.call()
    bench.heal()

    assert bench.call()
    assert bench.server.asked == 71
    assert not bench.breaker.is_open


def test_one_that_wakes_is_never_tried_by_two_at_once(bench: Bench) -> None:
    bench.server.fault = Waking("it is waking up")
    bench.call()
    started, finish = Event(), Event()

    def trial() -> str:
        started.set()
        finish.wait(5.0)
        return bench.server()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bench.breaker.call, trial)
        started.wait(5.0)
        others = [bench.call() for _ in range(20)]
        finish.set()

        assert isinstance(first.exception(5.0), Waking)
    assert others == [False] * 20
    assert bench.server.asked == 2


def test_one_that_wakes_and_then_fails_is_left_alone(bench: Bench) -> None:
    bench.server.fault = Waking("it is waking up")
    bench.call()
    bench.freeze()
    bench.call()
    bench.heal()

    assert not bench.call()
    assert bench.server.asked == 2


def test_threads_that_fail_together_make_one_pause_of_the_first_length(bench: Bench) -> None:
    together = Barrier(8)

    def slow() -> str:
        together.wait(5.0)
        raise Unavailable("no answer")

    def attempt(_: int) -> None:
        with pytest.raises(Unavailable):
            bench.breaker.call(slow)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(8)))

    bench.clock.now_s += 0.5
    assert bench.call()


def test_a_late_success_from_before_the_fault_does_not_close_it(bench: Bench) -> None:
    started, finish = Event(), Event()

    def late() -> str:
        started.set()
        finish.wait(5.0)
        return "late"

    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(bench.breaker.call, late)
        started.wait(5.0)
        bench.freeze()
        bench.call()
        finish.set()

        assert pending.result() == "late"

    assert bench.breaker.is_open


def test_it_says_when_it_opens_and_why_and_when_it_closes(bench: Bench) -> None:
    bench.freeze()
    bench.call()
    bench.call()
    bench.heal()
    bench.clock.now_s += 0.5
    bench.call()

    assert bench.heard.events == [
        ("breaker.opened", {"part": "the cache", "why": "no answer within 0.2 s"}),
        ("breaker.closed", {"part": "the cache"}),
    ]


@dataclass
class BrokenCache(FakeCache):
    """A cache that does not answer; ``asked`` counts how often it was asked."""

    asked: int = 0

    def get_many(self, keys: object) -> dict[str, bytes]:
        del keys
        self.asked += 1
        raise Unavailable("refused")


def test_a_guarded_cache_that_is_open_raises_at_once_whatever_is_asked() -> None:
    broken = BrokenCache()
    cache = GuardedCache(broken, CircuitBreaker("the cache", RULES, None, Clock(), _middle))
    for _ in range(3):
        with pytest.raises(Unavailable, match="refused"):
            cache.get_many(["a"])

    with pytest.raises(Unavailable, match=r"the cache failed lately and is left alone for 0\.5 s"):
        cache.get_many(["a"])
    with pytest.raises(Unavailable):
        cache.set_many({"a": b"1"}, 60.0)
    with pytest.raises(Unavailable):
        cache.add_many({"a": b"1"}, 60.0)

    assert broken.asked == 3
    assert broken.entries == {}


def test_asking_for_nothing_is_no_trial() -> None:
    clock = Clock()
    breaker = CircuitBreaker("the cache", RULES, None, clock, _middle)
    cache = GuardedCache(BrokenCache(clock), breaker)
    for _ in range(3):
        with pytest.raises(Unavailable):
            cache.get_many(["a"])
    clock.now_s += 1.0

    assert cache.get_many([]) == {}
    cache.set_many({}, 60.0)

    assert breaker.is_open
