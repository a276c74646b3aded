"""docs/cost.md shows what the command prints."""

import re

import pytest

from fieldmark.entrypoints.cli.app import run
from website import ROOT

DOCUMENT = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```console\n\$ fieldmark (cost.*)\n([\s\S]*?)```", DOCUMENT)
AGE = "Older than a year"
"""What comes with time, and changes no figure."""


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[found[0] for found in EXAMPLES])
def test_each_example_is_what_the_command_prints(
    command: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == 0

    printed = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in printed if AGE not in line] == shown.splitlines()


def test_the_document_shows_every_profile() -> None:
    assert EXAMPLES[0][0] == "cost"
    assert {"cost --profile lambda", "cost --profile fargate"} <= {found[0] for found in EXAMPLES}
