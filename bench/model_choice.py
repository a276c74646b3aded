"""Which model, which views, which decoding: the numbers of docs/decisions/0012-default-model.md.

    python models/efficientnet-lite/photos.py out/photos
    for v in lite0 lite1 lite2; do for p in int8 float32; do
      python models/efficientnet-lite/build.py out/photos/calibration out/models/$v-$p \
        --variant $v --precision $p; done; done
    python bench/model_choice.py out/models out/photos

Accuracy is over the photos of bench/data/model_photos.csv whose animal has a class: top-1 among all
1,000 outputs. ``real`` are photos, ``cutouts`` animals on white; ``shifted`` and ``far`` are the
real ones with blurred surroundings added on one side or all around, so that the animal stands at
the edge or is small. ``sure`` counts photos of animals without a class of which one is named with
0.8 or more, after a temperature fitted on the real photos.
"""

import argparse
import csv
import io
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.photo.pixels import read_pixels
from fieldmark.photo.views import ViewKind
from machine import ROOT, describe, seconds

KINDS: tuple[ViewKind, ...] = get_args(ViewKind)
BOXED = "boxed"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "centre": ("centre",),
    "full": ("full",),
    "middle": ("middle",),
    "boxed": (BOXED,),
    "centre+full": ("centre", "full"),
    "middle+full": ("middle", "full"),
    "left+right": ("left", "right"),
    "left+middle+right": ("left", "middle", "right"),
    "left+right+full": ("left", "right", "full"),
}
ANIMALS = 398
SHARED = ROOT.parent / "shared/data/photos"
FOLDERS = {"wikimedia": SHARED / "wikimedia", "world": SHARED / "gcompris"}
SCALES = {"1 x input": 1.0, "2 x input": 2.0, "3 x input": 3.0, "whole": 1e6}
FIRST = "lite0-int8"

K = TypeVar("K")
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One test photo; ``accepted`` are the outputs that name its animal, none if there is none."""

    group: str
    data: bytes
    accepted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Result:
    """What one model with one choice of views did."""

    right: Mapping[str, int]
    hits: tuple[bool, ...]
    top5: int
    temperature: float
    sure: int


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", type=Path, help="folder of bundles")
    parser.add_argument("photos", type=Path, help="folder that photos.py wrote")
    arguments = parser.parse_args()
    print(describe())
    base = load(arguments.photos)
    photos = [*base, *altered(base, "shifted"), *altered(base, "far")]
    counts = {group: sum(bool(p.accepted) for p in photos if p.group == group) for group in GROUPS}
    without = sum(not p.accepted and p.group == "real" for p in photos)
    print(f"photos with a class: {counts}; real ones without: {without}\n")
    names = sorted(
        (path.name for path in arguments.models.iterdir()), key=lambda n: (n != FIRST, n)
    )
    models = {name: OnnxClassifier(open_bundle(arguments.models / name)) for name in names}
    accuracy(models, photos)
    speed(models)
    decoding(models[FIRST], arguments.photos)


GROUPS = ("real", "cutouts", "shifted", "far")


def load(folder: Path) -> list[Photo]:
    """Return the photos of the table that are there; those of absent folders are left out."""
    photos = []
    with (ROOT / "bench/data/model_photos.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            path = FOLDERS.get(row["set"], folder / row["set"]) / row["file"]
            group = "cutouts" if row["set"] == "cutouts" else "real"
            accepted = frozenset(int(index) for index in row["accepted"].split("|") if index)
            if path.is_file():
                photos.append(Photo(group, path.read_bytes(), accepted))
    return photos


def altered(photos: Sequence[Photo], group: str) -> list[Photo]:
    """Return the real photos with a class, surroundings added."""
    real = [photo for photo in photos if photo.group == "real" and photo.accepted]
    return [
        Photo(group, png(surrounded(picture(photo.data), margins(group, number))), photo.accepted)
        for number, photo in enumerate(real)
    ]


def margins(group: str, number: int) -> tuple[float, float]:
    """Return the shares of the longer side to add before and after it, or (0.4, 0.4) all around."""
    if group == "far":
        return 0.4, 0.4
    return (0.6, 0.0) if number % 2 else (0.0, 0.6)


def surrounded(image: Image.Image, share: tuple[float, float]) -> Image.Image:
    """Return the picture within its own blurred edges."""
    width, height = image.size
    around = all(share)
    across = share if around or width >= height else (0.0, 0.0)
    down = share if around or height > width else (0.0, 0.0)
    columns = [int(width * part) for part in across]
    rows = [int(height * part) for part in down]
    edges = np.pad(np.asarray(image), (tuple(rows), tuple(columns), (0, 0)), mode="edge")
    wide = Image.fromarray(edges)
    small = wide.resize((wide.width // 8, wide.height // 8), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(max(small.size) * 0.04))
    wide = small.resize(wide.size, Image.Resampling.BICUBIC)
    wide.paste(image, (columns[0], rows[0]))
    return wide


def boxed(data: bytes) -> bytes:
    """Return the photo on a grey square that holds all of it."""
    image = picture(data)
    side = max(image.size)
    square = Image.new("RGB", (side, side), (127, 127, 127))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return png(square)


def picture(data: bytes) -> Image.Image:
    """Return the photo in RGB, on white."""
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def png(image: Image.Image) -> bytes:
    """Return the picture without loss, in little time."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def accuracy(models: Mapping[str, OnnxClassifier], photos: Sequence[Photo]) -> None:
    """Print how often each model is right with each choice of views."""
    print(
        f"{'model':14} {'views':18}", *(f"{group:>8}" for group in GROUPS), "   all  better worse p"
    )
    first: Result | None = None
    for name, model in models.items():
        seen = by_view(model, photos)
        for choice, kinds in CHOICES.items():
            result = judged(np.mean([seen[kind] for kind in kinds], axis=0), photos)
            first = first or result
            print(f"{name:14} {choice:18}", line(result, first), flush=True)


def by_view(model: OnnxClassifier, photos: Sequence[Photo]) -> Mapping[str, Scores]:
    """Return the logits of every photo in every kind of view, ``[photos, 1000]`` by kind."""
    spec = replace(model.views, views=KINDS)
    whole = replace(model.views, views=("full",))
    rows: dict[str, list[NDArray[np.float32]]] = {kind: [] for kind in (*KINDS, BOXED)}
    for photo in photos:
        views = dict(zip(KINDS, read_pixels(photo.data, spec).views, strict=True))
        (views_boxed,) = read_pixels(boxed(photo.data), whole).views
        for kind, view in {**views, BOXED: views_boxed}.items():
            rows[kind].append(model.logits(view[np.newaxis]))
    return {kind: np.array(row, dtype=np.float64) for kind, row in rows.items()}


def judged(logits: Scores, photos: Sequence[Photo]) -> Result:
    """Return what these logits got right."""
    known = [(row, photo) for row, photo in zip(logits, photos, strict=True) if photo.accepted]
    hits = tuple(int(row.argmax()) in photo.accepted for row, photo in known)
    groups = [photo.group for _, photo in known]
    right = {
        group: sum(hit for hit, of in zip(hits, groups, strict=True) if of == group)
        for group in GROUPS
    }
    five = [bool(photo.accepted & set(np.argsort(-row)[:5].tolist())) for row, photo in known]
    real = [(row, photo) for row, photo in known if photo.group == "real"]
    temperature = min(np.arange(0.4, 2.0, 0.05), key=lambda t: surprise(real, float(t)))
    strangers = [
        row
        for row, photo in zip(logits, photos, strict=True)
        if not photo.accepted and photo.group == "real"
    ]
    sure = sum(bool(softmax(row / temperature)[:ANIMALS].max() >= 0.8) for row in strangers)
    return Result(right, hits, sum(five), float(temperature), sure)


def surprise(known: Sequence[tuple[Scores, Photo]], temperature: float) -> float:
    """Return the mean of -log P(accepted)."""
    return statistics.fmean(
        -math.log(max(float(softmax(row / temperature)[list(photo.accepted)].sum()), 1e-9))
        for row, photo in known
    )


def softmax(row: Scores) -> Scores:
    """Return the probabilities of one row."""
    powers = np.exp(row - row.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def line(result: Result, first: Result) -> str:
    """Return a row: right answers, all of them with an interval, the pairs against the first row."""
    better = sum(now and not then for now, then in zip(result.hits, first.hits, strict=True))
    worse = sum(then and not now for now, then in zip(result.hits, first.hits, strict=True))
    total, count = sum(result.hits), len(result.hits)
    low, high = wilson(total, count)
    return " ".join(
        [
            *(f"{result.right[group]:8}" for group in GROUPS),
            f"{total:4} of {count} ({low:.0%}-{high:.0%}), top-5 {result.top5}",
            f"| +{better} -{worse} p={sign_test(better, worse):.3f}",
            f"| T={result.temperature:.2f} sure {result.sure}",
        ]
    )


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2) / (1 + z * z / count)
    return middle - half, middle + half


def sign_test(better: int, worse: int) -> float:
    """Return how likely so uneven a split is between equals (McNemar's exact test, two sides)."""
    pairs = better + worse
    tail = sum(math.comb(pairs, k) for k in range(min(better, worse) + 1)) / 2**pairs
    return min(1.0, 2 * tail)


def speed(models: Mapping[str, OnnxClassifier]) -> None:
    """Print the model's time on one photo by number of views, one thread, in turns."""
    print("\nmodel alone, median ms of one photo (1 thread, no spinning) by number of views")
    noise = np.random.default_rng(1)
    calls: dict[tuple[str, int], Callable[[], object]] = {}
    for name, model in models.items():
        size = model.views.size
        for views in (1, 2, 3):
            pixels = noise.normal(size=(views, 3, size, size)).astype(np.float32)
            calls[name, views] = partial(model.logits, pixels)
    times = in_turns(calls, rounds=40)
    for name in models:
        cells = [f"{times[name, views] * 1e3:6.1f}" for views in (1, 2, 3)]
        print(
            f"{name:14}",
            *cells,
            f"  {times[name, 2] / times[FIRST, 1]:.1f} times {FIRST} with one",
        )


def in_turns(calls: Mapping[K, Callable[[], object]], rounds: int) -> Mapping[K, float]:
    """Return the median seconds of each call, taken in turns so that noise hits all alike."""
    taken: dict[K, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(seconds(call))
    return {name: statistics.median(times) for name, times in taken.items()}


def decoding(model: OnnxClassifier, folder: Path) -> None:
    """Print what smaller decoding saves and what it changes, on 12 megapixels."""
    photos = [photo for photo in load(folder) if photo.group == "real"]
    wide = [photo for photo in photos if max(picture(photo.data).size) >= 1024]
    large = [jpeg(picture(photo.data)) for photo in wide]
    specs = {name: replace(model.views, min_scale=scale) for name, scale in SCALES.items()}
    logits = {
        name: np.array([model.logits(read_pixels(data, spec).views) for data in large])
        for name, spec in specs.items()
    }
    times = in_turns(
        {name: partial(read_pixels, large[0], spec) for name, spec in specs.items()},
        rounds=15,
    )
    whole = np.array([softmax(row.astype(np.float64)) for row in logits["whole"]])
    print(f"\ndecoding {len(large)} photos enlarged to 12 megapixels, views {model.views.views}")
    for name, rows in logits.items():
        shares = np.array([softmax(row.astype(np.float64)) for row in rows])
        right = sum(
            int(row.argmax()) in photo.accepted
            for row, photo in zip(rows, wide, strict=True)
            if photo.accepted
        )
        same = int((rows.argmax(axis=1) == logits["whole"].argmax(axis=1)).sum())
        change = np.abs(shares - whole).max(axis=1)
        print(
            f"{name:10} {times[name] * 1e3:6.1f} ms, right {right}, same first {same}, "
            f"largest change of a probability: mean {change.mean():.3f}, worst {change.max():.3f}"
        )


def jpeg(image: Image.Image) -> bytes:
    """Return the picture as a JPEG of 12 megapixels, as a phone would write it."""
    scale = math.sqrt(12e6 / (image.width * image.height))
    large = image.resize((round(image.width * scale), round(image.height * scale)))
    file = io.BytesIO()
    large.save(file, "JPEG", quality=90)
    return file.getvalue()


if __name__ == "__main__":
    main()
