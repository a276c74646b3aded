from pathlib import Path

import pytest

from fieldmark.adapters.bundle_checks import check_bundle
from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL
from toy_model import ANCESTORS_TEXT, LABELS_TEXT, MANIFEST_TEXT, toy_files, toy_folder, toy_onnx


def test_a_good_bundle_is_usable_and_counted(tmp_path: Path) -> None:
    report = check_bundle(toy_folder(tmp_path / "toy"))

    assert report.usable
    assert report.warnings == ()
    assert report.manifest is not None
    assert report.manifest.info.name == "toy"
    assert (report.labels, report.animals, report.taxa) == (3, 2, 2)
    assert report.size_bytes == sum(map(len, toy_files().values()))


def test_a_check_says_how_long_loading_and_one_photo_take(tmp_path: Path) -> None:
    report = check_bundle(toy_folder(tmp_path / "toy"))

    assert report.load_ms is not None
    assert report.photo_ms is not None
    assert 0.0 < report.photo_ms < report.load_ms + 1_000.0


def test_a_bundle_that_is_not_there_is_a_problem_and_no_error(tmp_path: Path) -> None:
    report = check_bundle(tmp_path / "nowhere")

    assert not report.usable
    assert "there is no such model bundle" in report.problems[0]


def test_everything_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "toy")
    (folder / LABELS).write_text(LABELS_TEXT.replace("species", "kind"))
    (folder / ANCESTORS).write_text(f"{ANCESTORS_TEXT}\n")

    problems = "\n".join(check_bundle(folder).problems)

    assert "'kind' is no rank" in problems
    assert "labels.csv has the sha256" in problems
    assert "ancestors.csv has the sha256" in problems
    assert "model.onnx has the sha256" not in problems


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({MANIFEST: MANIFEST_TEXT.replace("size = 32", "size = 64")}, "[n, 3, 64, 64]"),
        ({MANIFEST: "format = 1\n"}, "manifest.toml: name is missing"),
        ({MODEL: b"no model"}, "does not take the model"),
        ({MODEL: toy_onnx(broken=True)}, "some are not finite"),
    ],
)
def test_what_stops_a_bundle_from_answering_is_a_problem(
    tmp_path: Path, changes: dict[str, bytes | str], problem: str
) -> None:
    report = check_bundle(toy_folder(tmp_path / "toy", changes))

    assert len(report.problems) == 1
    assert problem in report.problems[0]
    assert report.photo_ms is None


def test_a_model_that_sees_nothing_gets_a_warning(tmp_path: Path) -> None:
    report = check_bundle(toy_folder(tmp_path / "toy", {MODEL: toy_onnx(blind=True)}))

    assert report.usable
    assert "two different pictures get the same scores" in report.warnings[0]


def test_a_model_that_returns_probabilities_gets_a_warning(tmp_path: Path) -> None:
    report = check_bundle(toy_folder(tmp_path / "toy", {MODEL: toy_onnx(softmax=True)}))

    assert report.usable
    assert "without its softmax" in report.warnings[0]
