from pathlib import Path

import pytest

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL
from fieldmark.adapters.bundle_packing import BundleSources, pack_bundle
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.errors import ModelBroken
from toy_model import ANCESTORS_TEXT, LABELS_TEXT, MANIFEST_TEXT, toy_onnx


@pytest.fixture
def sources(tmp_path: Path) -> BundleSources:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "resnet.onnx").write_bytes(toy_onnx())
    (folder / "my_labels.csv").write_text(LABELS_TEXT)
    (folder / ANCESTORS).write_text(ANCESTORS_TEXT)
    (folder / "toy.toml").write_text(MANIFEST_TEXT)
    return BundleSources(folder / "resnet.onnx", folder / "my_labels.csv", folder / "toy.toml")


@pytest.mark.parametrize("name", ["packed", "packed.zip"])
def test_what_was_packed_can_be_opened(tmp_path: Path, sources: BundleSources, name: str) -> None:
    report = pack_bundle(sources, tmp_path / name)

    assert report.usable
    assert report.where == str(tmp_path / name)
    assert open_bundle(tmp_path / name).onnx == toy_onnx()


def test_the_authors_words_stay_in_the_manifest(tmp_path: Path, sources: BundleSources) -> None:
    sources.manifest.write_text(MANIFEST_TEXT + "# tuned in the field\n")

    pack_bundle(sources, tmp_path / "packed")

    packed = (tmp_path / "packed" / MANIFEST).read_text()
    assert packed.startswith(MANIFEST_TEXT + "# tuned in the field\n")


@pytest.mark.parametrize(
    "old",
    [
        '[files]\n"model.onnx" = "stale"\n\n[provenance]\nby = "x"\n',
        '[files] # by hand\n"model.onnx" = "stale"',
        "[files]\n",
    ],
)
def test_old_sums_are_replaced_wherever_they_stand(
    tmp_path: Path, sources: BundleSources, old: str
) -> None:
    before_provenance = MANIFEST_TEXT.partition("[provenance]\n")[0]
    sources.manifest.write_text(before_provenance + old)

    report = pack_bundle(sources, tmp_path / "packed")

    assert report.usable
    assert (tmp_path / "packed" / MANIFEST).read_text().count("[files]") == 1


def test_sums_that_cannot_be_replaced_are_refused(tmp_path: Path, sources: BundleSources) -> None:
    sources.manifest.write_text('files = {"model.onnx" = "stale"}\n' + MANIFEST_TEXT)

    with pytest.raises(ModelBroken, match="not TOML"):
        pack_bundle(sources, tmp_path / "packed")


def test_licence_and_notice_beside_the_manifest_come_along(
    tmp_path: Path, sources: BundleSources
) -> None:
    (sources.manifest.parent / "NOTICE").write_text("by us")

    pack_bundle(sources, tmp_path / "packed")

    assert (tmp_path / "packed" / "NOTICE").read_text() == "by us"
    assert not (tmp_path / "packed" / "LICENSE").exists()


def test_the_same_files_give_the_same_zip(tmp_path: Path, sources: BundleSources) -> None:
    pack_bundle(sources, tmp_path / "one.zip")
    pack_bundle(sources, tmp_path / "two.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("name", ["packed", "packed.zip"])
def test_a_bundle_that_does_not_work_is_not_left_behind(
    tmp_path: Path, sources: BundleSources, name: str
) -> None:
    sources.onnx.write_bytes(toy_onnx(outputs=5))

    with pytest.raises(ModelBroken, match=f"{name}: the model returns logits"):
        pack_bundle(sources, tmp_path / name)

    assert [path.name for path in tmp_path.iterdir()] == ["sources"]


def test_a_bundle_that_is_there_stays_unless_told_otherwise(
    tmp_path: Path, sources: BundleSources
) -> None:
    pack_bundle(sources, tmp_path / "packed")
    sources.manifest.write_text(MANIFEST_TEXT.replace('version = "1"', 'version = "2"'))

    with pytest.raises(ModelBroken, match="packed: already there"):
        pack_bundle(sources, tmp_path / "packed")
    assert open_bundle(tmp_path / "packed").manifest.info.version == "1"

    pack_bundle(sources, tmp_path / "packed", overwrite=True)
    assert open_bundle(tmp_path / "packed").manifest.info.version == "2"


def test_only_a_bundle_is_ever_replaced(tmp_path: Path, sources: BundleSources) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")

    with pytest.raises(ModelBroken, match="thesis: is no model bundle"):
        pack_bundle(sources, tmp_path / "thesis", overwrite=True)

    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


@pytest.mark.parametrize("name", ["resnet.onnx", "my_labels.csv", ANCESTORS, "toy.toml"])
def test_a_missing_source_is_named(tmp_path: Path, sources: BundleSources, name: str) -> None:
    (tmp_path / "sources" / name).unlink()

    with pytest.raises(ModelBroken, match=f"{name}: cannot be read"):
        pack_bundle(sources, tmp_path / "packed")


def test_ancestors_may_be_given_by_name(tmp_path: Path, sources: BundleSources) -> None:
    elsewhere = tmp_path / "groups.csv"
    (sources.labels.parent / ANCESTORS).rename(elsewhere)
    given = BundleSources(sources.onnx, sources.labels, sources.manifest, elsewhere)

    assert pack_bundle(given, tmp_path / "packed").usable


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, sources: BundleSources) -> None:
    with pytest.raises(ModelBroken, match="nowhere/packed: cannot be written"):
        pack_bundle(sources, tmp_path / "nowhere" / "packed")


def test_a_packed_folder_holds_the_files_of_the_format(
    tmp_path: Path, sources: BundleSources
) -> None:
    pack_bundle(sources, tmp_path / "packed")

    names = {path.name for path in (tmp_path / "packed").iterdir()}
    assert names == {MANIFEST, MODEL, LABELS, ANCESTORS}
