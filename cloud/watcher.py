"""Waits for the end of whoever holds its input; then ends what was left, and removes the folder.

Run with the folder of a local cloud. What belongs to it carries the folder in its environment or
works below it: servers write over their environment.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PATIENCE_S = 20.0
_ROUND_S = 0.05


def main(folder: Path) -> None:
    """Wait, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    until_s = time.monotonic() + _PATIENCE_S
    while (left := list(_left(folder))) and time.monotonic() < until_s:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_ROUND_S)
    shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path) -> Iterator[int]:
    mark = f"LOCAL_CLOUD_FOLDER={folder}".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with suppress(OSError):
                works_in = (process / "cwd").readlink()
                is_marked = mark in (process / "environ").read_bytes().split(b"\0")
                if is_marked or works_in.is_relative_to(folder):
                    yield int(process.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
