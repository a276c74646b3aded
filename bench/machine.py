"""What a benchmark ran on, and how two things are compared on a noisy machine."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
PACKAGES = ("h3", "numpy", "onnxruntime", "pillow")


def describe() -> str:
    """Return processor, cores, Python and library versions on one line."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0))
    return f"{cpu}, {cores} cores; Python {platform.python_version()}, {libraries}"


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call took."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(
    ours: Callable[[], object], floor: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Return the medians of both in seconds and of their ratio, taken pair by pair in turn."""
    ours()
    floor()
    pairs = [(seconds(ours), seconds(floor)) for _ in range(rounds)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] / pair[1] for pair in pairs),
    )


def microseconds(call: Callable[[], object], calls: int) -> float:
    """Return the median of a call's duration over batches of ten, in microseconds."""
    call()
    return 1e6 * statistics.median(
        seconds(lambda: [call() for _ in range(10)]) / 10 for _ in range(calls // 10)
    )


def large_photo(path: Path, width: int = 4000, height: int = 3000, noise: float = 6.0) -> Path:
    """Write a JPEG of that size, 12 megapixels unless said: an example photo with sensor noise."""
    with Image.open(ROOT / "examples/photos/koala.jpg") as source:
        exif = source.getexif()
        large = source.convert("RGB").resize((width, height))
    if noise:
        grain = np.random.default_rng(7).normal(0.0, noise, (height, width, 3))
        large = Image.fromarray(np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8))
    large.save(path, quality=92, exif=exif)
    return path


def verdict(name: str, value: float, target: float, unit: str, *, least: bool = False) -> str:
    """Return one line of the result: what, how much, against which target."""
    met = value >= target if least else value <= target
    sign = "≥" if least else "≤"
    return f"{'ok  ' if met else 'MISS'} {name}: {value:.3g} {unit} (target {sign} {target:g})"
