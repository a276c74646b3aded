"""The README shows what the command really prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.entrypoints.cli.app import _COMMANDS as COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("FIELDMARK_")}


def test_the_readmes_answer_is_what_the_command_prints() -> None:
    block = re.search(
        r"<!-- answer:begin -->\n```console\n\$ fieldmark (.+)\n([\s\S]+?)```\n<!-- answer:end -->",
        README,
    )
    assert block is not None

    run = subprocess.run(
        [Path(sys.executable).with_name("fieldmark"), *block.group(1).split()],
        cwd=ROOT,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert lines(run.stdout) == lines(block.group(2))


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_readmes_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n([\s\S]+?)```", README)
    assert code is not None

    exec(  # noqa: S102  # the README is ours
        code.group(1).replace('Path("examples', f'Path("{ROOT}/examples'), {}
    )

    assert capsys.readouterr().out.startswith("Phascolarctos cinereus 1.0 expected")


def test_each_command_that_the_readme_names_exists_and_each_is_named() -> None:
    listed = README.split("## On the command line")[1].split("## ")[0]

    assert set(re.findall(r"^fieldmark (\w+)", listed, re.MULTILINE)) == set(COMMANDS)


def test_run_identifies_the_examples_and_then_serves() -> None:
    plan = subprocess.run(
        ["make", "--dry-run", "--always-make", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert re.findall(r"bin/fieldmark (.+)", plan) == ["identify examples/photos", "serve"]
