import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.adapters.bundle_manifest import read_manifest
from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.errors import ModelBroken
from fieldmark.photo.views import ViewSpec
from toy_model import MANIFEST_TEXT, toy_files


def _replaced(old: str, new: str) -> bytes:
    assert old in MANIFEST_TEXT
    return MANIFEST_TEXT.replace(old, new).encode()


def test_a_manifest_says_what_the_model_is_and_wants() -> None:
    manifest = read_manifest(toy_files()["manifest.toml"], "toy")

    assert manifest.info == ModelInfo("toy", "1")
    assert manifest.views == ViewSpec(
        size=32,
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        views=("left", "right"),
        crop=0.9,
        resample="bicubic",
        min_scale=1.5,
    )
    assert manifest.fusion == FusionSpec(temperature=2.0, a=0.9, b=0.8, floor=0.02, neutral=0.4)
    assert manifest.thresholds == Thresholds(0.7, 0.75, 0.6)
    assert manifest.provenance == {"made_by": "tests"}
    assert manifest.sha256 is not None
    assert set(manifest.sha256) == {"model.onnx", "labels.csv", "ancestors.csv"}


def test_a_manifest_that_is_not_yet_packed_states_no_sha256() -> None:
    assert read_manifest(MANIFEST_TEXT.encode(), "toy").sha256 is None


def test_untuned_numbers_may_be_left_out() -> None:
    text = MANIFEST_TEXT.partition("[fusion]")[0].encode()

    manifest = read_manifest(text, "toy")

    assert manifest.fusion == FusionSpec()
    assert manifest.thresholds == Thresholds()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("format = 1", "format = 2", "format is 2; this version of Fieldmark reads format 1"),
        ("format = 1", "format = true", "format is True"),
        ("format = 1\n", "", "format is missing; add it"),
        ('name = "toy"', 'name = "../toy"', "name is '../toy'; write letters"),
        ('name = "toy"', 'name = ""', "name is ''"),
        ('version = "1"', "version = 1", "version is 1; write letters, digits"),
        ('licence = "Apache-2.0"', 'licence = " "', "licence is ' '; it must be a text"),
        ("licence =", "license =", "license is no field; did you mean licence?"),
        ("size = 32", "size = 0", "[input] size is 0; it must be a whole number"),
        ("size = 32", "size = 32.5", "[input] size is 32.5"),
        ("size = 32", "size = true", "[input] size is True"),
        ("size = 32\n", "", "[input] size is missing"),
        ('layout = "RGB"', 'layout = "BGR"', "[input] layout is 'BGR'; it must be RGB"),
        ("mean = 127", "mean = [127, 127]", "[input] mean is [127, 127]; it must be one number"),
        ("mean = 127", "mean = nan", "[input] mean is nan"),
        ("mean = 127", 'mean = "127"', "[input] mean is '127'"),
        ("std = [128, 128, 128]", "std = [128, 0, 128]", "[input] std is [128, 0, 128]"),
        ("std = [128, 128, 128]\n", "", "[input] std is missing"),
        ('"bicubic"', '"nearest"', "resample is 'nearest'; it must be bilinear or bicubic"),
        ('["left", "right"]', "[]", "[input] views is []"),
        ('["left", "right"]', '["left", "top"]', "views is 'top'; a view is one of centre"),
        ('["left", "right"]', '["full", ["full"]]', "views is ['full']"),
        ("crop = 0.9", "crop = 1.5", "[input] crop is 1.5; it must be a number from 0.1 to 1"),
        ("crop = 0.9", "crops = 0.9", "[input] crops is no field; did you mean crop?"),
        ("min_scale = 1.5", "min_scale = 0.5", "[input] min_scale is 0.5"),
        ("temperature = 2.0", "temperature = 0.0", "[fusion] temperature is 0.0"),
        ("temperature = 2.0", "temperature = inf", "[fusion] temperature is inf"),
        ("floor = 0.02", "floor = 0", "[fusion] floor is 0"),
        ("a = 0.9", "a = -1", "[fusion] a is -1"),
        ("confident_at = 0.7", "confident_at = 70", "[answer] confident_at is 70"),
        ("[answer]", "[answers]", "answers is no field; did you mean answer?"),
        ("[provenance]\nmade_by", "provenance", "[answer] provenance is no field"),
    ],
)
def test_a_malformed_field_is_named_with_its_value_and_the_rule(
    old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ModelBroken, match=re.escape(complaint)) as caught:
        read_manifest(_replaced(old, new), "bundles/toy")

    assert str(caught.value).startswith("bundles/toy: manifest.toml: ")


def test_a_value_in_place_of_a_table_is_refused() -> None:
    text = MANIFEST_TEXT.partition("[input]")[0] + "input = 3\n"

    with pytest.raises(ModelBroken, match=r"input is 3; it must be a table: \[input\]"):
        read_manifest(text.encode(), "toy")


@pytest.mark.parametrize("digest", ['"abc"', f'"{"A" * 64}"', "7"])
def test_a_sha256_that_is_none_is_refused(digest: str) -> None:
    text = re.sub(r'(?<="labels.csv" = )"\w+"', digest, toy_files()["manifest.toml"].decode())

    with pytest.raises(ModelBroken, match=r"\[files\] labels.csv is .*; it must be the file's"):
        read_manifest(text.encode(), "toy")


@pytest.mark.parametrize("text", [b"format = ", b"\xff\xfe", b"[" * 5000, b'a = "\x00"'])
def test_what_is_not_toml_is_refused(text: bytes) -> None:
    with pytest.raises(ModelBroken, match=r"toy: manifest.toml is not TOML"):
        read_manifest(text, "toy")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_refused(text: bytes) -> None:
    with pytest.raises(ModelBroken):
        read_manifest(text, "toy")
