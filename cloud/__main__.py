"""``make cloud``: the whole system on this machine, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cloud.children import MARK, ending_with_parent, watched
from cloud.function_code import FunctionCode
from cloud.local_cloud import Plan, local_cloud
from cloud.overview import environment_file, overview

_ROUND_S: Final = 0.2


_TOLD: Final[list[int]] = []
"""The signal that came: no lock, since a handler may interrupt whoever holds one."""


class _Told(BaseException):
    """A signal told this program to end. Nobody who waits for a server to come up may catch it."""


def main() -> None:
    """Run it, say where everything is, and wait."""
    asked = _asked()
    _hear_of_the_end(with_parent=asked.with_parent)
    code = FunctionCode.of_source() if asked.from_source else FunctionCode.of_template()
    plan = Plan(code, asked.atlas, asked.port, asked.environments, asked.idle)
    try:
        with _own_folder() as folder:
            print(f"Starting the local cloud; its state is in {folder}", flush=True)
            with local_cloud(plan, folder) as cloud:
                settings = folder / "environment"
                settings.write_text(environment_file(cloud.environment), encoding="utf-8")
                print(overview(cloud, plan), flush=True)
                _wait(cloud.website.process)
    except _Told:
        print("Everything has ended.", flush=True)
    else:
        sys.exit("the website ended by itself")


def _wait(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process ends, or a signal came, also if what it raised was swallowed."""
    while process.poll() is None:
        if _TOLD:
            raise _Told
        time.sleep(_ROUND_S)  # a signal may reach another thread and wake no wait


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    parser.add_argument("--atlas", type=Path, help="a release file; default: the bundled one")
    parser.add_argument("--port", type=int, default=8000, help="of the website; 0 takes any")
    parser.add_argument("--environments", type=int, default=12, help="of the function, at most")
    parser.add_argument("--idle", type=float, default=300.0, metavar="SECONDS",
                        help="an environment that nobody needs for so long is ended")  # fmt: skip
    parser.add_argument("--from-source", action="store_true",
                        help="the function runs the checkout instead of the zip")  # fmt: skip
    parser.add_argument("--with-parent", action="store_true",
                        help="end when whoever started this is gone")  # fmt: skip
    return parser.parse_args()


def _hear_of_the_end(*, with_parent: bool) -> None:
    """Let the first signal end this program in order, at whatever it is; others change nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def hear(number: int, _: object) -> None:
        _TOLD.append(number)
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise _Told

    for number in numbers:
        signal.signal(number, hear)
    if with_parent:
        ending_with_parent()


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Yield a folder that holds the state of every part and goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="fieldmark-cloud-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, in a folder below it
    os.environ[MARK] = str(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    with watched(folder):
        yield folder


main()
