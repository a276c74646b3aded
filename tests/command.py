"""The command ``fieldmark`` as a process of its own, without the settings of whoever tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["CLEAN", "FIELDMARK", "fieldmark"]

FIELDMARK = Path(sys.executable).with_name("fieldmark")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("FIELDMARK_")}


def fieldmark(
    *words: str | Path,
    settings: Mapping[str, str] = CLEAN,
    cwd: Path | None = None,
    limit: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; ``limit`` is called in the process before it begins."""
    return subprocess.run(
        [FIELDMARK, *map(str, words)],
        cwd=cwd,
        env={**CLEAN, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limit,
    )
