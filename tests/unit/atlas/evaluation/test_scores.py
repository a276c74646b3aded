"""Scores: numbers that can be checked by hand."""

import math

import numpy as np
import pytest

from fieldmark.atlas.evaluation.scores import HeldOut, scored
from fieldmark.atlas.smoothing import SmoothingSpec

SPEC = SmoothingSpec()
HALF = 1.0 - 0.5**SPEC.search_visits


def _months(*values: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """One cell with the same in each month, ``[T, 1, 12]``."""
    return np.repeat(np.array(values)[:, None, None], 12, axis=2)


def _held(found: tuple[float, ...], visits: float, truth: tuple[float, ...] | None) -> HeldOut:
    months = np.zeros((len(found), 1, 13))
    months[..., :12] = _months(*found)
    effort = np.zeros_like(months)
    effort[..., :12] = visits
    return HeldOut(months, effort, None if truth is None else _months(*truth))


def test_half_of_the_visits_find_what_is_said_to_be_found_on_half_of_them() -> None:
    scores = scored(_months(HALF), _held((5.0,), 10.0, (0.5,)), 0.1, SPEC)

    assert scores.visit_loss == pytest.approx(math.log(2.0))
    assert scores.find_loss == 0.0
    assert scores.error == pytest.approx(0.0, abs=1e-12)
    assert scores.calibration_error == pytest.approx(0.0, abs=1e-12)


def test_of_two_taxa_that_are_as_likely_each_find_is_one_bit() -> None:
    scores = scored(_months(HALF, HALF), _held((5.0, 5.0), 10.0, (0.5, 0.5)), 0.1, SPEC)

    assert scores.find_loss == pytest.approx(math.log(2.0))


def test_recall_and_precision_are_of_what_is_expected() -> None:
    said = _months(0.5, 0.5, 0.05)
    held = _held((0.0, 0.0, 0.0), 1.0, (0.5, 0.0, 0.5))

    scores = scored(said, held, 0.1, SPEC)

    assert (scores.recall, scores.precision) == (0.5, 0.5)
    assert (scores.listed, scores.truly_listed) == (2.0, 2.0)


def test_what_is_said_too_high_is_that_far_from_calibrated() -> None:
    scores = scored(_months(0.9), _held((0.0,), 1.0, (0.0,)), 0.1, SPEC)

    assert scores.calibration_error == pytest.approx(0.9)
    assert [part.size for part in scores.bins] == [0] * 9 + [12]


def test_without_a_known_truth_months_with_few_visits_do_not_count() -> None:
    few = scored(_months(0.5), _held((1.0,), SPEC.search_visits - 1.0, None), 0.1, SPEC)

    assert sum(part.size for part in few.bins) == 0
    assert few.visit_loss > 0.0
    assert math.isnan(few.recall)
    assert math.isnan(few.error)


def test_without_a_known_truth_a_search_is_drawn_from_the_visits() -> None:
    drawn = SPEC.search_visits
    held = _held((1.0,), 2.0 * drawn, None)

    scores = scored(_months(0.5), held, 0.1, SPEC)

    assert scores.error == pytest.approx(0.0, abs=1e-12)


def test_what_is_not_listed_costs_and_is_not_impossible() -> None:
    scores = scored(_months(0.0), _held((1.0,), 1.0, (0.5,)), 0.1, SPEC)

    assert 5.0 < scores.visit_loss < 20.0
