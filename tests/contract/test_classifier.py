"""What every Classifier promises, on the fake, on a toy and on the model that ships."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fake_classifier import FakeClassifier
from fieldmark import compose
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.ports import Classifier
from toy_model import toy_folder


def _fake(_: Path) -> Classifier:
    return FakeClassifier({"lion": 0.9})


def _toy(folder: Path) -> Classifier:
    return OnnxClassifier(open_bundle(toy_folder(folder / "toy")))


def _shipped(_: Path) -> Classifier:
    return OnnxClassifier(open_bundle(compose.DEFAULT_MODEL))


@pytest.fixture(params=[_fake, _toy, _shipped])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Classifier:
    make: Callable[[Path], Classifier] = request.param
    return make(tmp_path)


def _pixels(model: Classifier, views: int, seed: int = 1) -> NDArray[np.float32]:
    size = model.views.size
    noise = np.random.default_rng(seed).normal(size=(views, 3, size, size))
    return noise.astype(np.float32)


def test_a_model_says_its_name_and_version(model: Classifier) -> None:
    assert model.info.name
    assert model.info.version


def test_labels_stand_in_output_order_and_name_an_animal(model: Classifier) -> None:
    assert [label.index for label in model.labels] == list(range(len(model.labels)))
    assert any(label.taxon is not None for label in model.labels)


def test_labels_of_one_taxon_agree_on_it(model: Classifier) -> None:
    taxa = {label.taxon.id: label.taxon for label in model.labels if label.taxon}

    assert all(
        label.taxon in (None, taxa.get(label.taxon.id)) for label in model.labels if label.taxon
    )


def test_a_photo_gets_one_finite_score_per_label(model: Classifier) -> None:
    scores = model.logits(_pixels(model, len(model.views.views)))

    assert scores.shape == (len(model.labels),)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_scores_are_the_mean_over_the_views(model: Classifier) -> None:
    pixels = _pixels(model, 3)

    together = model.logits(pixels)
    apart = np.mean([model.logits(view[np.newaxis]) for view in pixels], axis=0)

    np.testing.assert_allclose(together, apart, atol=1e-4)


def test_the_same_photo_gets_the_same_scores(model: Classifier) -> None:
    pixels = _pixels(model, 2)

    np.testing.assert_array_equal(model.logits(pixels), model.logits(pixels.copy()))


def test_threads_may_share_a_model(model: Classifier) -> None:
    photos = [_pixels(model, 1, seed) for seed in range(8)]
    alone = [model.logits(photo) for photo in photos]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(model.logits, photos))

    np.testing.assert_array_equal(together, alone)
