import numpy as np
import pytest

from animals import JAGUAR, LION
from evaluation import CONTEXT, PLAIN, VOCABULARY, case
from fieldmark.evaluate.methods import METHODS, Method, inaturalist, scores_of

CATS = {"lion": 0.4, "jaguar": 0.5, "teapot": 0.1}


@pytest.mark.parametrize("method", METHODS)
def test_without_an_area_every_method_is_the_photo_alone(method: Method) -> None:
    scores = scores_of(method, case(CATS), VOCABULARY, PLAIN)

    assert scores[:2].tolist() == pytest.approx([0.4, 0.5])


@pytest.mark.parametrize("method", METHODS)
def test_no_method_changes_the_share_of_the_animals(method: Method) -> None:
    scores = scores_of(method, case(CATS, {LION: 1.0}), VOCABULARY, PLAIN)

    assert scores.sum() == pytest.approx(0.9)


def test_inaturalists_arithmetic_multiplies_and_keeps_five_in_a_thousand() -> None:
    scores = scores_of("iNaturalist's arithmetic", case(CATS, {LION: 1.0}), VOCABULARY, PLAIN)

    lion, jaguar = 0.4 * 1.0, 0.5 * 0.005
    assert scores[:2].tolist() == pytest.approx(
        [0.9 * lion / (lion + jaguar), 0.9 * jaguar / (lion + jaguar)]
    )


def test_inaturalists_arithmetic_leaves_alone_what_the_atlas_cannot_judge() -> None:
    image, prior = np.array([0.5, 0.5]), np.array([np.nan, 1.0])

    assert inaturalist(image, prior, PLAIN).tolist() == pytest.approx([0.5, 0.5])


def test_fieldmark_answers_as_the_pipeline_does() -> None:
    scores = scores_of(
        "Fieldmark", case(CATS, {LION: 1.0, JAGUAR: 0.2}), VOCABULARY, CONTEXT.fusion
    )

    assert scores[:2].tolist() == pytest.approx([0.9 * 0.8, 0.9 * 0.2])
