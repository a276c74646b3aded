"""Publishing to the local cloud's database, by the command that operators use."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["publish", "roll_back"]


def publish(file: Path, url: str, reader: str, cache: str) -> None:
    """Publish a release file, let a role read it, and announce it."""
    _atlas("publish", str(file), "--reader", reader, url=url, cache=cache)


def roll_back(url: str, cache: str) -> None:
    """Put the release to use that was before, and announce it."""
    _atlas("rollback", url=url, cache=cache)


def _atlas(*words: str, url: str, cache: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("fieldmark"), "atlas", *words, "--to", url],
        env={**os.environ, "FIELDMARK_CACHE": cache},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"fieldmark atlas {words[0]} failed: {done.stderr}")
