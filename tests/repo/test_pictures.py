"""The pictures of the architecture are what their scripts draw, and name what there is."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest

from website import ROOT

PICTURES: Final = ("architecture", "request")
SVG: Final = "{http://www.w3.org/2000/svg}"
PACKAGE: Final = ROOT / "src/fieldmark"


def committed(name: str) -> Path:
    return ROOT / f"docs/images/{name}.svg"


def picture(name: str) -> ET.Element:
    return ET.parse(committed(name)).getroot()  # noqa: S314  # our own file


def texts(name: str, of_class: str) -> list[str]:
    return [
        text.text or ""
        for text in picture(name).iter(f"{SVG}text")
        if of_class in (text.get("class") or "").split()
    ]


def test_what_is_committed_is_what_the_script_draws(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, ROOT / "docs/pictures/draw.py", "--to", tmp_path], check=True, timeout=60
    )

    for name in PICTURES:
        assert (tmp_path / f"{name}.svg").read_bytes() == committed(name).read_bytes(), (
            f"{name}.svg is not what docs/pictures draws: make pictures"
        )


def test_each_module_that_a_box_names_exists() -> None:
    named = set(texts("architecture", "module"))

    assert len(named) > 20
    assert not {module for module in named if not (PACKAGE / module).exists()}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_in_words_what_it_shows(name: str) -> None:
    root = picture(name)
    ids = {element.get("id") for element in root}

    assert root.get("role") == "img"
    assert set((root.get("aria-labelledby") or "").split()) <= ids
    assert all((root.findtext(f"{SVG}{part}") or "").strip() for part in ("title", "desc"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_asks_nobody_for_anything(name: str) -> None:
    text = committed(name).read_text(encoding="utf-8").replace(SVG[1:-1], "")

    assert re.findall(r"https?:|url\(|@import|<script|<image|href", text) == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_follows_the_readers_scheme_with_classes_that_have_a_colour(name: str) -> None:
    root = picture(name)
    style = root.findtext(f"{SVG}style") or ""
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    used = {name for element in root.iter() for name in (element.get("class") or "").split()}

    assert {name for name in used if f".{name} {{" not in light} == set()
    assert set(re.findall(r"\.([\w-]+) \{ (?:fill|stroke)", light)) == set(
        re.findall(r"\.([\w-]+) \{ (?:fill|stroke)", dark)
    )


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_leaves_the_picture(name: str) -> None:
    root = picture(name)
    _, _, width, height = map(float, (root.get("viewBox") or "").split())

    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x") or 0) < width, text.text
        assert 0 < float(text.get("y") or 0) < height, text.text
