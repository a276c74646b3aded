from fakes import Clock
from fieldmark.entrypoints.countdown import Countdown


def test_before_the_first_start_there_is_no_end() -> None:
    assert Countdown(Clock()).left_s() == float("inf")


def test_time_runs_down_and_begins_anew() -> None:
    clock = Clock()
    countdown = Countdown(clock)

    countdown.start(10.0)
    clock.now_s += 4.0
    assert countdown.left_s() == 6.0

    countdown.start(3.0)
    assert countdown.left_s() == 3.0


def test_whoever_waits_a_shorter_time_counts() -> None:
    countdown = Countdown(Clock())

    countdown.start(10.0)
    countdown.shorten(20.0)
    assert countdown.left_s() == 10.0

    countdown.shorten(2.0)
    assert countdown.left_s() == 2.0
