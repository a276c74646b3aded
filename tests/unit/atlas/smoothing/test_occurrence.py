"""Occurrence: how likely a search finds what a visit finds at some rate."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.smoothing import SmoothingSpec
from fieldmark.atlas.smoothing.occurrence import MOST, least_rate, occurrence_of, rate_of

SPEC = SmoothingSpec()
RATES = st.floats(0.0, MOST)


@given(RATES, st.floats(0.01, 1e6))
def test_an_uncertain_rate_promises_no_more_than_an_exact_one(rate: float, visits: float) -> None:
    exact = occurrence_of(np.array([rate]), None, SPEC)
    uncertain = occurrence_of(np.array([rate]), np.array([visits]), SPEC)

    assert 0.0 <= uncertain[0] <= exact[0] + 1e-12


@given(st.floats(0.0, 1.0, exclude_max=True), st.floats(0.01, 1e6))
def test_no_rate_below_the_least_is_listed_however_sure(share: float, visits: float) -> None:
    rate = np.array([share * least_rate(SPEC)])

    assert occurrence_of(rate, None, SPEC)[0] < SPEC.least
    assert occurrence_of(rate, np.array([visits]), SPEC)[0] < SPEC.least


def test_the_least_rate_is_listed_where_it_is_exact() -> None:
    rate = np.array([least_rate(SPEC) * (1.0 + 1e-6)])

    assert occurrence_of(rate, None, SPEC)[0] >= SPEC.least


@given(st.floats(0.0, 0.5))
def test_a_rate_is_the_one_that_its_occurrence_comes_from(rate: float) -> None:
    occurrence = occurrence_of(np.array([rate]), None, SPEC)

    np.testing.assert_allclose(rate_of(occurrence, SPEC), [rate], rtol=1e-6, atol=1e-12)
