"""The common names that a model bundle may bring."""

import zipfile
from pathlib import Path

import pytest

from fieldmark.adapters.bundle_names import read_names
from fieldmark.adapters.bundle_packing import BundleSources, pack_bundle
from fieldmark.errors import ModelBroken
from toy_model import toy_folder

NAMES = "taxon_id,lang,name\n41964,de,Löwe\n41964,pt,leão\n41964,pt-BR,leão-brasileiro\n"


def bundle(tmp_path: Path, text: str) -> Path:
    folder = toy_folder(tmp_path / "toy")
    (folder / "names.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_bundle_may_do_without(tmp_path: Path) -> None:
    names = read_names(toy_folder(tmp_path / "toy"))

    assert (names.language("de"), dict(names.of("de"))) == ("en", {})


def test_names_come_in_the_language_that_was_asked_for(tmp_path: Path) -> None:
    names = read_names(bundle(tmp_path, NAMES))

    assert names.of("de") == {41964: "Löwe"}
    assert names.of("DE-at") == {41964: "Löwe"}
    assert names.of("pt-BR") == {41964: "leão-brasileiro"}
    assert names.of("pt-PT") == {41964: "leão"}
    assert dict(names.of("fr")) == {}


def test_what_is_said_of_the_language_is_which_one_it_is(tmp_path: Path) -> None:
    names = read_names(bundle(tmp_path, NAMES))

    said = [names.language(tag) for tag in ("de-AT", "PT-br", "pt-PT", "fr", "en")]
    assert said == ["de", "pt-BR", "pt", "en", "en"]


def test_they_are_packed_with_the_bundle_and_read_from_a_zip(tmp_path: Path) -> None:
    folder = bundle(tmp_path, NAMES)
    out = tmp_path / "packed.zip"

    pack_bundle(
        BundleSources(folder / "model.onnx", folder / "labels.csv", folder / "manifest.toml"), out
    )

    assert "names.csv" in zipfile.ZipFile(out).namelist()
    assert read_names(out).of("de") == {41964: "Löwe"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,lang,name\n", r"names\.csv starts with"),
        ("taxon_id,lang,name\nx,de,Löwe\n", r"names\.csv line 2: taxon_id is 'x'"),
        ("taxon_id,lang,name\n1,d,Löwe\n", r"line 2: lang is 'd'"),
        ("taxon_id,lang,name\n1,de,\n", r"line 2: name has 0 characters"),
        ("taxon_id,lang,name\n1,de\n", r"line 2 has 2 columns instead of 3"),
        ('taxon_id,lang,name\n"1', r"is not CSV in UTF-8"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ModelBroken, match=says):
        read_names(bundle(tmp_path, text))
