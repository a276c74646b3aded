"""Which model, which views, which decoding: the numbers of docs/decisions/0012-default-model.md.

    python models/efficientnet-lite/photos.py out/photos
    for v in lite0 lite1 lite2; do for p in int8 float32; do
      python models/efficientnet-lite/build.py out/photos/calibration out/models/$v-$p \
        --variant $v --precision $p; done; done
    python bench/model_choice.py out/models out/photos    # 10 minutes

Accuracy is over the photos of bench/data/model_photos.csv whose animal has a class: top-1 among all
1,000 outputs. ``real`` are photos, ``cutouts`` animals on white; ``shifted`` and ``far`` are the
real ones with blurred surroundings added on one side or all around, so that the animal stands at
the edge or is small. ``sure`` counts photos of animals without a class of which one is named with
0.8 or more, after a temperature fitted on all; ``loss`` is the mean -log P(right) at that one.
"""

import argparse
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.photo.pixels import read_pixels
from fieldmark.photo.views import ViewKind, ViewSpec
from machine import describe, seconds
from model_photos import GROUPS, Photo, altered, boxed, jpeg, load, picture

KINDS: tuple[ViewKind, ...] = get_args(ViewKind)
BOXED = "boxed"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "middle": ("middle",),
    "centre": ("centre",),
    "full": ("full",),
    "boxed": (BOXED,),
    "centre+full": ("centre", "full"),
    "middle+full": ("middle", "full"),
    "left+right": ("left", "right"),
    "left+middle+right": ("left", "middle", "right"),
    "left+right+full": ("left", "right", "full"),
}
ANIMALS = 398
SCALES = {"1 x input": 1.0, "2 x input": 2.0, "3 x input": 3.0, "whole": 1e6}
FIRST = "lite0-int8"
CHOSEN = "lite2-int8"

K = TypeVar("K")
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Result:
    """What one model with one choice of views did."""

    right: Mapping[str, int]
    hits: tuple[bool, ...]
    top5: int
    temperature: float
    loss: float
    sure: int


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", type=Path, help="folder of bundles")
    parser.add_argument("photos", type=Path, help="folder that photos.py wrote")
    parser.add_argument("--part", choices=("accuracy", "speed", "decoding"), help="only this")
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
    if arguments.part in (None, "accuracy"):
        accuracy(models, photos)
    if arguments.part in (None, "speed"):
        speed(models)
    if arguments.part in (None, "decoding"):
        decoding(models[CHOSEN], arguments.photos)


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
    losses = {float(t): surprise(known, float(t)) for t in np.arange(0.4, 2.0, 0.05)}
    temperature = min(losses, key=losses.__getitem__)
    strangers = [
        row
        for row, photo in zip(logits, photos, strict=True)
        if not photo.accepted and photo.group == "real"
    ]
    sure = sum(bool(softmax(row / temperature)[:ANIMALS].max() >= 0.8) for row in strangers)
    return Result(right, hits, sum(five), temperature, losses[temperature], sure)


def surprise(known: Sequence[tuple[Scores, Photo]], temperature: float) -> float:
    """Return the mean of -log P(accepted)."""
    shares = [softmax(row / temperature)[list(photo.accepted)].sum() for row, photo in known]
    return statistics.fmean(-math.log(max(float(share), 1e-9)) for share in shares)


def softmax(row: Scores) -> Scores:
    """Return the probabilities of one row."""
    powers = np.exp(row - row.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def line(result: Result, first: Result) -> str:
    """Return a row of the table; pairs are counted against the first row."""
    better = sum(now and not then for now, then in zip(result.hits, first.hits, strict=True))
    worse = sum(then and not now for now, then in zip(result.hits, first.hits, strict=True))
    total, count = sum(result.hits), len(result.hits)
    low, high = wilson(total, count)
    return " ".join(
        [
            *(f"{result.right[group]:8}" for group in GROUPS),
            f"{total:4} of {count} ({low:.0%}-{high:.0%}), top-5 {result.top5}",
            f"| +{better} -{worse} p={sign_test(better, worse):.3f}",
            f"| T={result.temperature:.2f} loss {result.loss:.3f} sure {result.sure}",
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
    """Print what smaller decoding saves on 12 megapixels, and what it changes in sharp photos."""
    photos = [photo for photo in load(folder) if photo.group == "real"]
    large = [photo for photo in photos if max(picture(photo.data).size) >= 1024]
    files = [jpeg(picture(photo.data)) for photo in large]
    phone = jpeg(picture(large[0].data), megapixels=12.0)
    specs = {name: replace(model.views, min_scale=scale) for name, scale in SCALES.items()}
    times = in_turns(
        {name: partial(read_pixels, phone, spec) for name, spec in specs.items()}, rounds=15
    )
    shares = {
        name: np.array([answer(model, file, spec) for file in files])
        for name, spec in specs.items()
    }
    known = sum(bool(photo.accepted) for photo in large)
    print(
        f"\ndecoding: ms for 12 megapixels; changes over {len(large)} photos, {known} with a class"
    )
    for name, rows in shares.items():
        firsts = zip(rows.argmax(axis=1), large, strict=True)
        right = sum(int(first) in photo.accepted for first, photo in firsts)
        same = int((rows.argmax(axis=1) == shares["whole"].argmax(axis=1)).sum())
        change = np.abs(rows - shares["whole"]).max(axis=1)
        print(
            f"{name:10} {times[name] * 1e3:6.1f} ms, right {right}, same first {same}, "
            f"largest change of a probability: mean {change.mean():.3f}, worst {change.max():.3f}"
        )


def answer(model: OnnxClassifier, file: bytes, spec: ViewSpec) -> Scores:
    """Return the probabilities of a photo, at the model's own temperature."""
    logits = model.logits(read_pixels(file, spec).views).astype(np.float64)
    return softmax(logits / model.fusion.temperature)


if __name__ == "__main__":
    main()
