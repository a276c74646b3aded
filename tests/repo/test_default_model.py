"""The model that ships: what the wheel carries is what the sources say, and it works."""

import io
import tomllib
import zipfile
from pathlib import Path

import pytest

from fieldmark import compose
from fieldmark.adapters.bundle_checks import check_bundle
from fieldmark.adapters.bundle_packing import BundleSources, pack_bundle
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.photo.pixels import read_pixels

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "models/efficientnet-lite"
BUNDLE = compose.DEFAULT_MODEL
MOST_BYTES = 6_000_000
EXAMPLES = {
    "giant-panda.jpg": "Ailuropoda melanoleuca",
    "koala.jpg": "Phascolarctos cinereus",
    "komodo-dragon.jpg": "Varanus komodoensis",
    "polar-bear.jpg": "Ursus maritimus",
    "ring-tailed-lemur.jpg": "Lemur catta",
    "scarlet-macaw.jpg": "Ara",
}


def test_the_shipped_bundle_is_usable_and_gives_no_warning() -> None:
    report = check_bundle(BUNDLE)

    assert report.usable, report.problems
    assert report.warnings == ()
    assert (report.labels, report.animals, report.taxa) == (1000, 398, 275)


def test_the_shipped_bundle_is_named_as_its_folder() -> None:
    assert open_bundle(BUNDLE).manifest.info.name == BUNDLE.name


@pytest.mark.parametrize("name", ["labels.csv", "ancestors.csv", "LICENSE", "NOTICE"])
def test_the_shipped_bundle_holds_the_files_of_its_sources(name: str) -> None:
    assert (BUNDLE / name).read_bytes() == (SOURCES / name).read_bytes()


@pytest.mark.parametrize("table", ["input", "fusion", "answer"])
def test_the_shipped_manifest_says_what_its_source_says(table: str) -> None:
    shipped = tomllib.loads((BUNDLE / "manifest.toml").read_text())
    source = tomllib.loads((SOURCES / "manifest.toml").read_text())

    assert shipped[table] == source[table]


def test_the_shipped_model_says_where_it_comes_from() -> None:
    provenance = open_bundle(BUNDLE).manifest.provenance

    assert {"built_by", "weights", "weights_sha256", "versions", "calibration"} <= set(provenance)
    assert (ROOT / str(provenance["built_by"])).is_file()


def test_the_shipped_bundle_adds_at_most_six_megabytes_to_the_wheel() -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in BUNDLE.iterdir():
            archive.write(path, path.name)

    assert len(wheel.getvalue()) <= MOST_BYTES


def test_the_model_that_answers_is_the_one_that_was_packed(tmp_path: Path) -> None:
    shipped = BundleSources(BUNDLE / "model.onnx", BUNDLE / "labels.csv", BUNDLE / "manifest.toml")

    pack_bundle(shipped, tmp_path / BUNDLE.name)

    for path in BUNDLE.iterdir():
        assert (tmp_path / BUNDLE.name / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("photo", sorted(EXAMPLES))
def test_the_shipped_model_names_the_example_photos_by_looks_alone(photo: str) -> None:
    model = OnnxClassifier(open_bundle(BUNDLE))

    scores = model.logits(
        read_pixels((ROOT / "examples/photos" / photo).read_bytes(), model.views).views
    )

    taxon = model.labels[int(scores.argmax())].taxon
    assert taxon is not None
    assert taxon.scientific_name == EXAMPLES[photo]
