"""The service as a process of its own, started as people start it, with what it logs."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from served import HANG_S, until, wait_for_group

__all__ = ["OwnProcess", "own_process"]

_ANNOUNCED: Final = "Fieldmark serves on "
_ANSWER_S: Final = 2 * HANG_S


@dataclass(frozen=True, slots=True)
class OwnProcess:
    """``fieldmark serve`` on a free port; ``ready_bytes`` were resident when it was ready."""

    process: "subprocess.Popen[bytes]"
    port: int
    said_in: Path
    ready_bytes: int

    @property
    def said(self) -> str:
        """What it has said so far: the line for people, and its log."""
        return self.said_in.read_text(encoding="utf-8")

    def client(self) -> httpx.Client:
        """Return an HTTP client to it."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=_ANSWER_S)

    def more_bytes(self) -> int:
        """Return how much more memory was resident at most, since it was ready."""
        return _peak_bytes(self.process) - self.ready_bytes


@contextmanager
def own_process(
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    memory_bytes: int | None = None,
) -> Iterator[OwnProcess]:
    """Serve with the journal in the folder until the block ends; then it must end in order."""
    said_in = folder / "stderr.txt"
    with (
        said_in.open("wb") as errors,
        subprocess.Popen(
            [Path(sys.executable).with_name("fieldmark"), "serve", "--port", "0", *options],
            env={
                **{name: text for name, text in os.environ.items() if "FIELDMARK_" not in name},
                "FIELDMARK_JOURNAL": str(folder / "journal.sqlite"),
                "FIELDMARK_BLOBS": str(folder / "photos"),
                **(environment or {}),
            },
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=_cap(memory_bytes),  # noqa: PLW1509  # no thread of ours holds a lock here
        ) as process,
    ):
        try:
            port = _port(process, said_in)
            yield OwnProcess(process, port, said_in, _peak_bytes(process))
            process.send_signal(signal.SIGTERM)
            assert process.wait(HANG_S) == 0
        finally:
            process.kill()
            process.wait(HANG_S)
            wait_for_group(process.pid)


def _peak_bytes(process: "subprocess.Popen[bytes]") -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def _port(process: "subprocess.Popen[bytes]", said_in: Path) -> int:
    """Wait for the line for people and return the port that it names."""

    def has_begun() -> bool:
        said = said_in.read_text(encoding="utf-8")
        return process.poll() is not None or (_ANNOUNCED in said and "\n" in said)

    assert until(has_begun)
    line = said_in.read_text(encoding="utf-8").split("\n")[0]
    assert line.startswith(_ANNOUNCED), line
    return int(line.split(" (")[0].rsplit(":", 1)[1])


def _cap(memory_bytes: int | None) -> Callable[[], None] | None:
    if memory_bytes is None:
        return None
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
