"""Whole processes: the cold start, memory, and a folder with one and with two workers."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from machine import ROOT, describe, large_photo, verdict

ROUNDS = 9
FIELDMARK = Path(sys.executable).with_name("fieldmark")
IMPORTS = (sys.executable, "-c", "import numpy, onnxruntime, PIL.Image")


def wall_s(command: Sequence[str | Path]) -> float:
    """Return how long a process took from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def pairs(
    ours: Sequence[str | Path], other: Sequence[str | Path], rounds: int
) -> tuple[float, float, float]:
    """Return the medians of both and of their ratio, run in turn after a warm-up."""
    wall_s(ours)
    wall_s(other)
    runs = [(wall_s(ours), wall_s(other)) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in runs),
        statistics.median(b for _, b in runs),
        statistics.median(a / b for a, b in runs),
    )


def peak_mb(command: Sequence[str | Path]) -> float:
    """Return the peak resident memory of a process in MB, by the kernel's own count."""
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, capture_output=True, text=True
    )
    return int(run.stdout) * 1024 / 1e6


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    koala = ROOT / "examples/photos/koala.jpg"
    one = [FIELDMARK, "identify", koala, "--json"]
    ours, other, times = pairs(one, IMPORTS, ROUNDS)
    print(f"     cold identify {ours * 1e3:.0f} ms, imports alone {other * 1e3:.0f} ms")
    print(verdict("cold identify / imports of numpy, onnxruntime, PIL", times, 2.5, "x"))
    print(verdict("resident memory, one photo", peak_mb(one), 150.0, "MB"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        huge = large_photo(folder / "108mp.jpg", 12000, 9000, noise=0.0)
        command = [FIELDMARK, "identify", huge, "--json"]
        print(verdict("resident memory, 108 MP JPEG", peak_mb(command), 250.0, "MB"))
        batch(folder / "batch")


def batch(folder: Path) -> None:
    """Compare two workers with one on a folder of 200 photos, and memory with that of 20."""
    folder.mkdir()
    first = large_photo(folder / "000.jpg")
    for number in range(1, 200):
        shutil.copy(first, folder / f"{number:03}.jpg")
    few = folder.parent / "few"
    few.mkdir()
    for photo in sorted(folder.iterdir())[:20]:
        shutil.copy(photo, few / photo.name)
    command = [FIELDMARK, "identify", folder, "--json", "--workers"]
    one, two, times = pairs([*command, "1"], [*command, "2"], 3)
    print(f"     200 photos of 12 MP: one worker {one:.1f} s, two {two:.1f} s")
    print(verdict("two workers / one", times, 1.7, "x", least=True))
    large = peak_mb([*command, "2"])
    small = peak_mb([FIELDMARK, "identify", few, "--json", "--workers", "2"])
    print(f"     peak memory: 20 photos {small:.0f} MB, 200 photos {large:.0f} MB")
    print(verdict("memory of 200 photos / of 20", large / small, 1.05, "x"))


if __name__ == "__main__":
    main()
