"""Every file of the hostile collection is answered or refused as ``hostile.csv`` says.

The files run in a process of their own, so that a crash of a decoder is seen, with a limit on its
private memory: RLIMIT_DATA counts what is allocated, not what libraries merely map.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "hostile"
TABLE = ROOT / "tests" / "data" / "hostile.csv"
MEMORY_BYTES = 2 * 1024**3
PEAK_BYTES = 512 * 1024**2
SECONDS_PER_FILE = 10

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the hostile photos are not at ../shared/data/hostile"
)

READER = """
import json, pathlib, resource, sys, time, warnings
from fieldmark.errors import PhotoError
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.pixels import read_pixels
from fieldmark.photo.views import ViewSpec

resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[2]),) * 2)
warnings.simplefilter("error")
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    data, start = path.read_bytes(), time.perf_counter()
    try:
        metadata = read_metadata(data)
        pixels = read_pixels(data, ViewSpec(224), metadata.orientation)
        found = "answer", " ".join(note.code for note in metadata.notes + pixels.notes)
    except PhotoError as error:
        found = "refuse", type(error).__name__
    print(json.dumps((path.name, *found, time.perf_counter() - start)))
# Not ru_maxrss: it counts the process that started this one, too.
status = pathlib.Path("/proc/self/status").read_text()
print(json.dumps(1024 * int(status.split("VmHWM:")[1].split()[0])))
"""


@pytest.fixture(scope="module")
def run() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", READER, str(FOLDER), str(MEMORY_BYTES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_PER_FILE * 60,
    )


def found_files(run: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str, float]]:
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()[:-1]]


def test_the_run_ends_without_a_word_on_stderr(run: subprocess.CompletedProcess[str]) -> None:
    assert (run.returncode, run.stderr) == (0, "")


def test_every_file_meets_its_verdict(run: subprocess.CompletedProcess[str]) -> None:
    with TABLE.open(newline="", encoding="utf-8") as lines:
        table = [(row["file"], row["verdict"], row["reason"]) for row in csv.DictReader(lines)]

    assert [file[:3] for file in found_files(run)] == table


def test_no_file_takes_long(run: subprocess.CompletedProcess[str]) -> None:
    slow = [name for name, _, _, seconds in found_files(run) if seconds > SECONDS_PER_FILE]

    assert slow == []


def test_memory_stays_far_below_the_cap(run: subprocess.CompletedProcess[str]) -> None:
    assert json.loads(run.stdout.splitlines()[-1]) < PEAK_BYTES
