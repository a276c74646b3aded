from pathlib import Path

import pytest

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.errors import ModelBroken
from toy_model import LABELS_TEXT, MANIFEST_TEXT, toy_folder, toy_onnx, toy_zip


def test_a_bundle_is_opened_from_a_folder_and_from_a_zip(tmp_path: Path) -> None:
    folder = open_bundle(toy_folder(tmp_path / "toy"))
    zipped = open_bundle(toy_zip(tmp_path / "toy.zip"))

    assert folder.manifest == zipped.manifest
    assert folder.labels == zipped.labels
    assert [label.name for label in folder.labels] == ["red fox", "frogs", "sky"]
    assert folder.onnx == zipped.onnx == toy_onnx()


@pytest.mark.parametrize("name", [MODEL, LABELS, ANCESTORS])
def test_a_file_that_changed_since_packing_is_refused(tmp_path: Path, name: str) -> None:
    path = toy_folder(tmp_path / "toy") / name
    path.write_bytes(path.read_bytes() + b"\n")

    with pytest.raises(ModelBroken, match=f"toy: {name} has the sha256 .* says .*; copy the"):
        open_bundle(tmp_path / "toy")


def test_a_bundle_that_was_never_packed_is_refused(tmp_path: Path) -> None:
    (toy_folder(tmp_path / "toy") / MANIFEST).write_text(MANIFEST_TEXT)

    with pytest.raises(ModelBroken, match=r"no \[files\]; pack the bundle with fieldmark model"):
        open_bundle(tmp_path / "toy")


def test_tuned_numbers_may_change_without_packing_anew(tmp_path: Path) -> None:
    path = toy_folder(tmp_path / "toy") / MANIFEST
    path.write_text(path.read_text().replace("temperature = 2.0", "temperature = 1.5"))

    assert open_bundle(tmp_path / "toy").manifest.fusion.temperature == 1.5


def test_a_bundle_does_not_show_its_weights(tmp_path: Path) -> None:
    bundle = open_bundle(toy_folder(tmp_path / "toy", {LABELS: LABELS_TEXT}))

    assert "GlobalAveragePool" not in repr(bundle)
