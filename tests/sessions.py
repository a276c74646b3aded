"""Sessions of a terminal in documents: what is typed, and what is shown of the answer."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from command import CLEAN, FIELDMARK

__all__ = ["Command", "commands", "pattern", "plain", "run"]

ELSE: Final = "…"
SESSION: Final = re.compile(r"(?:<!-- with (\S+) -->\n)?```console\n(.*?)```\n", re.DOTALL)
HANG_S: Final = 300


@dataclass(frozen=True)
class Command:
    """A line after the prompt, and the lines that are shown of what it prints."""

    line: str
    shown: tuple[str, ...]


def commands(document: str, needs: str | None = None) -> Iterator[Command]:
    """Yield the commands of the document that need that extra, or none."""
    for session in SESSION.finditer(document):
        if session[1] == needs:
            for part in session[2].replace("\\\n", "").split("$ ")[1:]:
                line, *shown = part.splitlines()
                yield Command(line, tuple(shown))


def run(
    line: str, folder: Path, *, programs: Sequence[Path] = (), settings: Mapping[str, str] = CLEAN
) -> str:
    """Return what a line prints in a shell; programs of those folders come before all others."""
    path = os.pathsep.join((*map(str, programs), str(FIELDMARK.parent), os.environ["PATH"]))
    ended = subprocess.run(
        ["sh", "-c", line], cwd=folder, env={**CLEAN, **settings, "PATH": path, "COLUMNS": "200"},
        capture_output=True, text=True, check=False, timeout=HANG_S,
    )  # fmt: skip
    assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def pattern(shown: tuple[str, ...]) -> str:
    """Return the lines as an expression in which ``…`` stands for a part, or for other lines."""
    return "".join(
        r"(?:.*\n)*?"
        if line == ELSE
        else re.escape(line).replace(re.escape(ELSE), r"\S.*?") + r"\n"
        for line in map(_single, shown)
    )


def plain(printed: str) -> str:
    """Return what was printed with single spaces, and without empty lines."""
    lines = map(_single, printed.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def _single(line: str) -> str:
    return " ".join(line.split())
