import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.domain.fusion import FusionSpec, posterior, softmax

PLAIN = FusionSpec(temperature=1.0, a=1.0, b=1.0, floor=0.01, neutral=0.5)
unit = st.floats(0, 1)
specs = st.builds(
    FusionSpec,
    temperature=st.floats(0.1, 5),
    a=st.floats(0.1, 3),
    b=st.floats(0, 3),
    floor=st.floats(1e-4, 1),
    neutral=st.floats(1e-4, 1),
)


@st.composite
def images_and_priors(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    size = draw(st.integers(1, 12))
    image = np.array(draw(st.lists(st.floats(1e-9, 1), min_size=size, max_size=size)))
    prior = np.array(draw(st.lists(unit | st.just(float("nan")), min_size=size, max_size=size)))
    return image / image.sum() * draw(st.floats(0.01, 1)), prior


def test_two_taxa_alike_by_looks_are_told_apart_by_the_area() -> None:
    image, prior = np.array([0.4, 0.4]), np.array([1.0, 0.25])

    assert posterior(image, prior, PLAIN).tolist() == pytest.approx([0.64, 0.16])


def test_an_absent_taxon_keeps_the_floor() -> None:
    image, prior = np.array([0.5, 0.5]), np.array([1.0, 0.0])

    assert posterior(image, prior, PLAIN)[1] == pytest.approx(0.01 / 1.01)


def test_a_taxon_that_the_atlas_cannot_judge_gets_neutral() -> None:
    image, prior = np.array([0.5, 0.5]), np.array([1.0, np.nan])

    assert posterior(image, prior, PLAIN).tolist() == pytest.approx([2 / 3, 1 / 3])


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="2,"):
        posterior(np.ones(2), np.ones(3), PLAIN)


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0.0}, {"a": -1.0}, {"floor": 0.0}, {"neutral": 1.5}]
)
def test_a_number_that_cannot_serve_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FusionSpec(**wrong)


@given(images_and_priors(), specs)
def test_the_animals_keep_their_share_whatever_the_area_says(
    case: tuple[NDArray[np.float64], NDArray[np.float64]], spec: FusionSpec
) -> None:
    image, prior = case

    assert posterior(image, prior, spec).sum() == pytest.approx(image.sum())


@given(images_and_priors(), specs, st.data())
def test_a_higher_prior_never_lowers_a_taxon(
    case: tuple[NDArray[np.float64], NDArray[np.float64]], spec: FusionSpec, data: st.DataObject
) -> None:
    image, prior = case
    prior = np.nan_to_num(prior)
    row = data.draw(st.integers(0, image.size - 1))
    raised = prior.copy()
    raised[row] = data.draw(st.floats(prior[row], 1))

    assert posterior(image, raised, spec)[row] >= posterior(image, prior, spec)[row] - 1e-12


@given(images_and_priors(), specs, st.floats(0, 1))
def test_a_prior_that_is_the_same_for_all_changes_no_order(
    case: tuple[NDArray[np.float64], NDArray[np.float64]], spec: FusionSpec, level: float
) -> None:
    image, _ = case

    fused = posterior(image, np.full_like(image, level), spec)

    assert np.all(np.diff(fused[np.argsort(image, kind="stable")]) >= -1e-12)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20), st.floats(0.1, 10))
def test_softmax_is_a_probability_that_keeps_the_order(
    logits: list[float], temperature: float
) -> None:
    scores = softmax(np.array(logits, dtype=np.float32), temperature)

    assert scores.sum() == pytest.approx(1.0)
    assert scores[int(np.argmax(logits))] == scores.max()


def test_a_higher_temperature_doubts_more() -> None:
    logits = np.array([3.0, 1.0], dtype=np.float32)

    assert softmax(logits, 2.0)[0] < softmax(logits, 1.0)[0]
