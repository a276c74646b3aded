"""What a model bundle must hold and do before it may answer."""

import struct
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL, read_files
from fieldmark.adapters.bundle_labels import read_labels
from fieldmark.adapters.bundle_manifest import Manifest, read_manifest
from fieldmark.adapters.model_bundle import ModelBundle, changed
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.domain.taxon import Label
from fieldmark.errors import ModelBroken
from fieldmark.photo.pixels import read_pixels

__all__ = ["BundleReport", "check_bundle"]

_T = TypeVar("_T")

_RUNS: Final = 10
_WIDTH: Final = 640
_HEIGHT: Final = 480


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a check found: with problems a bundle cannot answer, with warnings it should not.

    ``load_ms`` covers reading, checking and opening the model; ``photo_ms`` is the median time of
    the model on one photo, all views, one thread. Both are None where the check did not get there.
    """

    where: str
    manifest: Manifest | None = None
    size_bytes: int = 0
    labels: int = 0
    animals: int = 0
    taxa: int = 0
    load_ms: float | None = None
    photo_ms: float | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Tell whether the bundle can answer."""
        return not self.problems


def check_bundle(path: Path) -> BundleReport:
    """Return what a bundle holds and everything that is wrong with it.

    Files, sha256, manifest, labels, shapes, then pictures through the real pixel pipeline.
    """
    where, start = str(path), time.perf_counter()
    problems: list[str] = []
    files = _tried(problems, lambda: read_files(path))
    if files is None:
        return BundleReport(where, problems=tuple(problems))
    manifest = _tried(problems, lambda: read_manifest(files[MANIFEST], where))
    labels = _tried(problems, lambda: read_labels(files[LABELS], files[ANCESTORS], where)) or ()
    if manifest is not None:
        problems += changed(manifest, files, where)
    report = _counted(where, manifest, files, labels)
    if problems or manifest is None:
        return replace(report, problems=tuple(problems))
    bundle = ModelBundle(where, manifest, labels, files[MODEL])
    classifier = _tried(problems, lambda: OnnxClassifier(bundle))
    load_ms = (time.perf_counter() - start) * 1e3
    ran = None if classifier is None else _tried(problems, lambda: _dry_run(classifier))
    if ran is None:
        return replace(report, problems=tuple(problems))
    photo_ms, warnings = ran
    return replace(report, load_ms=load_ms, photo_ms=photo_ms, warnings=warnings)


def _tried(problems: list[str], step: Callable[[], _T]) -> _T | None:
    """Return what the step returns, or None and its complaint among the problems."""
    try:
        return step()
    except ModelBroken as error:
        problems.append(str(error))
        return None


def _counted(
    where: str, manifest: Manifest | None, files: Mapping[str, bytes], labels: tuple[Label, ...]
) -> BundleReport:
    taxa = [label.taxon.id for label in labels if label.taxon is not None]
    return BundleReport(
        where,
        manifest,
        size_bytes=sum(map(len, files.values())),
        labels=len(labels),
        animals=len(taxa),
        taxa=len(set(taxa)),
    )


def _dry_run(classifier: OnnxClassifier) -> tuple[float, tuple[str, ...]]:
    """Return the time of the model on one photo, and warnings, after asking it for a few.

    Raises:
        ModelBroken: the model fails on a picture.
    """
    cards = [_test_card(seed) for seed in (1, 2)]
    pixels = [read_pixels(card, classifier.views).views for card in cards]
    first, second = (classifier.logits(views) for views in pixels)
    times_ms = [_timed_ms(lambda: classifier.logits(pixels[0])) for _ in range(_RUNS)]
    warnings = []
    if np.allclose(first, second):
        warnings.append("two different pictures get the same scores; is this the trained model?")
    if _looks_like_probabilities(first) and _looks_like_probabilities(second):
        warnings.append(
            "the scores add up to 1 like probabilities; export the model without its softmax"
        )
    return median(times_ms), tuple(warnings)


def _timed_ms(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def _looks_like_probabilities(scores: NDArray[np.float32]) -> bool:
    return bool(scores.min() >= 0.0 and abs(float(scores.sum()) - 1.0) < 1e-3)


def _test_card(seed: int) -> bytes:
    """Return a PNG of coloured noise in blocks (PNG, third edition, section 5)."""
    blocks = np.random.default_rng(seed).integers(0, 256, (_HEIGHT // 16, _WIDTH // 16, 3))
    picture = blocks.astype(np.uint8).repeat(16, axis=0).repeat(16, axis=1)
    rows = np.zeros((_HEIGHT, 1 + 3 * _WIDTH), dtype=np.uint8)  # each starts with filter 0, none
    rows[:, 1:] = picture.reshape(_HEIGHT, 3 * _WIDTH)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)  # 8 bits, truecolour
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
