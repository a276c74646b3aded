"""Programs that this one starts: they end with it, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["MARK", "ended_with", "ending_with_parent", "program", "watched"]

MARK: Final = "LOCAL_CLOUD_FOLDER"
"""A variable that every process of a local cloud carries; the watcher knows them by it."""

_LIBC: Final = ctypes.CDLL(None)
_SET_PARENT_DEATH_SIGNAL: Final = 1
_ORDERLY_S: Final = 20.0
_WATCHER: Final = Path(__file__).with_name("watcher.py")


def ended_with(number: signal.Signals) -> Callable[[], None]:
    """Return what makes a new process hear of its parent's end by that signal."""

    def tell() -> None:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, number)

    return tell


def ending_with_parent() -> None:
    """Let this process end in order when whoever started it is gone."""
    ended_with(signal.SIGTERM)()


@contextmanager
def program(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program until the block ends, its output in a file; then it is asked to end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=ended_with(signal.SIGTERM),  # no lock is held here
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_ORDERLY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Have another process see to it that nothing is left, should this one be killed."""
    with subprocess.Popen(
        [sys.executable, "-I", _WATCHER, folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as watcher:
        try:
            yield
        finally:
            if watcher.stdin is not None:
                watcher.stdin.close()
            watcher.wait(_ORDERLY_S)
