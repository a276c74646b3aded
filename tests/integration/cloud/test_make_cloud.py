"""``make cloud`` starts everything, says where it is, and leaves nothing, however it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from served import HANG_S, ROOT, until

KOALA = ROOT / "examples/photos/koala.jpg"
STARTED = "Ctrl-C ends everything."


@dataclass(frozen=True, slots=True)
class Command:
    """The command as it runs, with what it said when all was up."""

    process: "subprocess.Popen[bytes]"
    said_in: Path

    @property
    def said(self) -> str:
        return self.said_in.read_text(encoding="utf-8")

    @property
    def folder(self) -> Path:
        found = re.search(r"state is in (/\S+)", self.said)
        assert found, self.said
        return Path(found[1])

    @property
    def ports(self) -> list[int]:
        return [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.said)]

    @property
    def url(self) -> str:
        found = re.search(r"^  website .*(http://\S+)", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]


@contextmanager
def cloud(
    said_in: Path, command: str = "exec {}", until_it_says: str = STARTED
) -> Iterator[Command]:
    """Start the command, as part of a shell's, and wait until it says so."""
    command = command.format(f"{sys.executable} -m cloud --from-source --port 0 --with-parent")
    with (
        said_in.open("wb") as out,
        subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=out,
            stderr=out,
            start_new_session=True,
        ) as process,
    ):
        try:
            running = Command(process, said_in)
            assert any(
                until(lambda: until_it_says in running.said or process.poll() is not None)
                for _ in range(4)  # four programs start, on a machine that may be slow
            )
            yield running
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(HANG_S)


def left_by(folder: Path, ports: list[int]) -> list[str]:
    """Return what is still there of it."""
    programs = [
        (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and is_of(process, folder)
    ]
    listening = [str(port) for port in ports if answers(port)]
    return [*programs, *listening, *([str(folder)] if folder.exists() else [])]


def is_of(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        places = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        places.append(str((process / "cwd").readlink()).encode())
        return any(str(folder).encode() in place for place in places)
    return False


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def common_name(url: str) -> str:
    photo = {"photo": KOALA.read_bytes()}
    answer = httpx.post(f"{url}/v1/identify", files=photo, timeout=HANG_S).json()
    return str(answer["best"]["taxon"]["common_name"])


def test_ctrl_c_ends_everything_in_order(tmp_path: Path) -> None:
    with cloud(tmp_path / "said.txt") as running:
        folder, ports = running.folder, running.ports
        named = common_name(running.url)
        before = left_by(folder, ports)

        os.killpg(running.process.pid, signal.SIGINT)
        code = running.process.wait(HANG_S)

        assert named == "koala"
        assert len(before) > 2 * len(ports)
        assert code == 0
        assert running.said.rstrip().endswith("Everything has ended.")
        assert left_by(folder, ports) == []


def test_a_kill_leaves_nothing(tmp_path: Path) -> None:
    with cloud(tmp_path / "said.txt") as running:
        folder, ports = running.folder, running.ports
        common_name(running.url)

        running.process.kill()
        running.process.wait(HANG_S)

        assert until(lambda: left_by(folder, ports) == [])


def test_it_ends_with_the_make_that_started_it_however_far_it_got(tmp_path: Path) -> None:
    with cloud(tmp_path / "said.txt", "{}; true", "state is in") as running:
        assert until(lambda: len(left_by(running.folder, [])) > 2)

        running.process.kill()
        running.process.wait(HANG_S)

        assert until(lambda: "Everything has ended." in running.said)
        assert until(lambda: left_by(running.folder, []) == [])


def test_the_makefile_has_the_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(r"(?m)^cloud: .*\n\t.*-m cloud --with-parent", makefile)
