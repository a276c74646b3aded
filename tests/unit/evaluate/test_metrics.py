import numpy as np
import pytest

from fieldmark.evaluate.metrics import (
    brier,
    calibration_error,
    mcnemar,
    mean_interval,
    paired_difference,
    reliability,
    wilson,
)


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),  # likewise
        (0, 20, 0.0, 0.1611),  # likewise
        (1, 29, 0.0061, 0.1718),  # likewise
    ],
)
def test_wilson_gives_the_published_intervals(
    right: int, count: int, low: float, high: float
) -> None:
    interval = wilson(right, count)

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_everything_is_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("fixed", "broken", "p"), [(0, 0, 1.0), (5, 0, 2 / 32), (3, 1, 10 / 16), (2, 2, 1.0)]
)
def test_mcnemar_counts_coin_tosses(fixed: int, broken: int, p: float) -> None:
    assert mcnemar(fixed, broken) == pytest.approx(p)
    assert mcnemar(broken, fixed) == pytest.approx(p)


def test_the_paired_interval_adds_one_change_of_each_kind() -> None:
    interval = paired_difference(fixed=3, broken=0, count=18)

    spread = 1.959964 * ((0.2 + 0.05 - 0.15**2) / 20) ** 0.5
    assert interval.low == pytest.approx(0.15 - spread)
    assert interval.high == pytest.approx(0.15 + spread)


def test_bins_hold_their_upper_edge_and_count_what_is_right() -> None:
    scores = np.array([0.5, 0.45, 0.9, 1.0, 0.0])
    right = np.array([True, False, True, True, False])

    bins = reliability(scores, right, bins=2)

    assert [(b.count, b.right) for b in bins] == [(3, 1), (2, 2)]
    assert [b.score for b in bins] == pytest.approx([0.95 / 3, 0.95])


def test_the_calibration_error_is_the_gap_weighted_by_count() -> None:
    bins = reliability(np.array([0.4, 0.4, 0.9]), np.array([True, False, True]), bins=10)

    assert calibration_error(bins) == pytest.approx((2 * 0.1 + 1 * 0.1) / 3)


def test_brier_is_the_mean_squared_gap() -> None:
    assert brier(np.array([0.8, 0.6]), np.array([True, False])) == pytest.approx(0.2)


def test_the_interval_of_a_mean_needs_two_values() -> None:
    assert mean_interval(np.array([1.0])).high == float("inf")
    assert mean_interval(np.array([1.0, 3.0])).low == pytest.approx(2.0 - 1.959964)
