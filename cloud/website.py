"""``fieldmark serve`` as a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.children import program

__all__ = ["Website", "website"]

_ANNOUNCED: Final = "Fieldmark serves on "
_HANG_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Website:
    """A web tier that serves; ``log`` is what it says."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path


@contextmanager
def website(environment: Mapping[str, str], log: Path, port: int = 0) -> Iterator[Website]:
    """Serve with these settings until the block ends."""
    fieldmark = Path(sys.executable).with_name("fieldmark")
    with program([fieldmark, "serve", "--port", str(port)], environment, log) as process:
        yield Website(_url(process, log), process, log)


def _url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait for the line for people and return the address that it names."""
    until_s = time.monotonic() + _HANG_S
    while time.monotonic() < until_s and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith(_ANNOUNCED):
                return line.removeprefix(_ANNOUNCED).split(" ")[0]
        time.sleep(0.02)
    raise RuntimeError(f"the website did not start: {log.read_text(encoding='utf-8')[-2000:]}")
