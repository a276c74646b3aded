import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldmark.adapters.bundle_files import LABELS, MANIFEST, MODEL
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.errors import ModelBroken
from toy_model import LABELS_TEXT, MANIFEST_TEXT, SIZE, toy_folder, toy_onnx


def _classifier(folder: Path, model: bytes | None = None) -> OnnxClassifier:
    return OnnxClassifier(open_bundle(toy_folder(folder, {MODEL: model or toy_onnx()})))


def _plain(*colours: tuple[float, float, float]) -> NDArray[np.float32]:
    """Return one view for each colour, ``[n, 3, SIZE, SIZE]``."""
    views = np.array(colours, dtype=np.float32)[:, :, None, None]
    return np.ascontiguousarray(np.broadcast_to(views, (len(colours), 3, SIZE, SIZE)))


def test_scores_are_those_of_the_model_in_label_order(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy")

    scores = model.logits(_plain((1.0, 0.5, 0.0)))

    assert scores.dtype == np.float32
    assert scores.tolist() == [4.0, 2.0, 0.0]


def test_scores_are_the_mean_over_the_views(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy")

    scores = model.logits(_plain((1.0, 0.0, 0.0), (0.0, 0.5, 0.0)))

    assert scores.tolist() == [2.0, 1.0, 0.0]


def test_a_model_of_one_view_at_a_time_sees_them_one_by_one(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy", toy_onnx(views=1))

    scores = model.logits(_plain((1.0, 0.0, 0.0), (0.0, 0.5, 0.0)))

    assert scores.tolist() == [2.0, 1.0, 0.0]


def test_a_model_may_leave_its_sides_open(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy", toy_onnx(size="side"))

    assert model.logits(_plain((1.0, 0.0, 0.0))).tolist() == [4.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (b"no model", "toy: ONNX Runtime"),
        (b"", "toy: ONNX Runtime"),
        (toy_onnx()[:150], "toy: ONNX Runtime"),
        (toy_onnx(size=64), "the model takes pixels tensor(float) ['n', 3, 64, 64]; it must take"),
        (toy_onnx(kind="double"), "it must take one float32 input of [n, 3, 32, 32]"),
        (toy_onnx(outputs=5), "the model returns logits ['n', 5]; it must return one output"),
        (toy_onnx(views=4), "the model takes 4 views at a time; export it with a dynamic"),
        (toy_onnx() + b"\x0a\x08location", "the model keeps weights in other files"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_what_it_must_be(
    tmp_path: Path, model: bytes, complaint: str
) -> None:
    bundle = open_bundle(toy_folder(tmp_path / "toy", {MODEL: model}))

    with pytest.raises(ModelBroken, match=re.escape(complaint)):
        OnnxClassifier(bundle)


def test_labels_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    bundle = open_bundle(toy_folder(tmp_path / "toy", {LABELS: f"{LABELS_TEXT}3,sea,,,,,,\n"}))

    with pytest.raises(ModelBroken, match=r"\[n, 4\] scores before softmax, one for each row"):
        OnnxClassifier(bundle)


def test_scores_that_are_no_numbers_are_an_error_and_no_answer(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy", toy_onnx(broken=True))

    with pytest.raises(ModelBroken, match="some are not finite"):
        model.logits(_plain((1.0, 0.0, 0.0)))


def test_views_of_another_size_are_refused_without_a_vendors_error(tmp_path: Path) -> None:
    model = _classifier(tmp_path / "toy")

    with pytest.raises(ModelBroken, match=r"toy: the model cannot run: .*INVALID_ARGUMENT"):
        model.logits(np.zeros((1, 3, 8, 8), dtype=np.float32))


def test_the_manifest_says_what_the_classifier_says(tmp_path: Path) -> None:
    changes = {MANIFEST: MANIFEST_TEXT.replace("confident_at = 0.7", "confident_at = 0.65")}
    bundle = open_bundle(toy_folder(tmp_path / "toy", changes))

    model = OnnxClassifier(bundle)

    assert model.info.name == "toy"
    assert model.views.size == SIZE
    assert model.fusion.temperature == 2.0
    assert model.thresholds.confident_at == 0.65
    assert model.labels == bundle.labels


def test_onnx_runtime_is_imported_when_a_model_is_opened_and_not_before() -> None:
    code = (
        "import sys, fieldmark.adapters.onnx_classifier;"
        "sys.exit('onnxruntime' in sys.modules or 'PIL' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
