"""The whole hostile collection through the command line, in one run under a memory cap."""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "hostile"
TABLE = ROOT / "tests" / "data" / "hostile.csv"
MEMORY_BYTES = 2 * 1024**3
HANGING_S = 10.0
ERRORS = {
    "PhotoTooLarge": "photo-too-large",
    "PhotoTypeUnsupported": "photo-type-unsupported",
    "PhotoUnreadable": "photo-unreadable",
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the hostile photos are not at ../shared/data/hostile"
)


def test_every_hostile_file_is_answered_or_refused_with_a_reason_in_one_run() -> None:
    with TABLE.open(newline="", encoding="utf-8") as lines:
        table = {row["file"]: row for row in csv.DictReader(lines)}
    program = Path(sys.executable).with_name("fieldmark")
    command: list[str | Path] = [program, "identify", "--json", "--workers", "1"]
    found: dict[str, str] = {}
    pauses: list[float] = []

    with subprocess.Popen(
        [*command, *(FOLDER / name for name in table)],
        env={name: text for name, text in os.environ.items() if not name.startswith("FIELDMARK_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES,) * 2),  # noqa: PLW1509
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        before = time.monotonic()
        for line in run.stdout:
            pauses.append(time.monotonic() - before)
            before = time.monotonic()
            outcome = json.loads(line)
            problem = outcome.get("problem")
            found[Path(outcome["photo"]).name] = problem["type"] if problem else "answer"
            assert problem is None or problem["detail"]
        stderr = run.stderr.read()

    expected = {
        name: "answer" if row["verdict"] == "answer" else ERRORS[row["reason"]]
        for name, row in table.items()
    }
    assert found == expected
    assert run.returncode == 1
    assert stderr == ""
    assert max(pauses) < HANGING_S
