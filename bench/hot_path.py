"""One warm 12-megapixel JPEG: identify against the bare floor that it cannot beat.

The floor is what must be done in any case, called bare with the same threads: a scaled JPEG
decode, resize, normalise, one run of the model on the same views.
"""

import io
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark import compose
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import blend
from fieldmark.domain.fusion import posterior, softmax
from fieldmark.domain.position import Position
from fieldmark.domain.ranking import AreaView, Scores, best_of, prior_of, ranked
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.lookup import cells_of
from fieldmark.photo.views import ViewSpec
from fieldmark.ports import Classifier, Question
from fieldmark.settings import Settings
from machine import describe, large_photo, microseconds, ratio, verdict

ROUNDS = 60
KRUGER = Position(-24.99, 31.55)


def bare(photo: bytes, spec: ViewSpec, run: Callable[[NDArray[np.float32]], object]) -> object:
    """Do what cannot be left out, with nothing around it."""
    image = Image.open(io.BytesIO(photo))
    width, height = image.size
    side = min(width, height) * spec.crop
    least = round(spec.min_scale * spec.size / side * min(width, height))
    image.draft("RGB", (least, least))
    scale = image.width / width
    views = np.empty((len(spec.views), 3, spec.size, spec.size), dtype=np.float32)
    for view, kind in zip(views, spec.views, strict=True):
        box = (0.0, 0.0, float(width), float(height))
        if kind == "centre":
            box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
        small = image.resize(
            (spec.size, spec.size),
            Image.Resampling[spec.resample.upper()],
            tuple(edge * scale for edge in box),
            3.0,
        )
        view[:] = (np.asarray(small, dtype=np.float32).transpose(2, 0, 1) - 127.0) / 128.0
    return run(views)


def hot_path(classifier: Classifier, photo: bytes) -> str:
    """Compare the whole pipeline, area in memory, with the floor."""
    with_area = compose.local_identifier(Settings())
    question = Question(at=KRUGER)
    ours, floor, times = ratio(
        lambda: with_area.identify(photo, question),
        lambda: bare(photo, classifier.views, classifier.logits),
        ROUNDS,
    )
    with_area.close()
    print(
        f"     identify {ours * 1e3:.1f} ms, floor {floor * 1e3:.1f} ms, medians of {ROUNDS} pairs"
    )
    return verdict("identify / floor, 12 MP JPEG", times, 1.15, "x")


def area_reads() -> list[str]:
    """Time one area from the release file: held open, and with opening it."""
    held = compose.atlas(Settings())
    cell = KRUGER.cell(held.release().resolution)

    def opened() -> None:
        store = compose.atlas(Settings())
        store.areas([cell])
        store.close()

    lines = [
        verdict("one area from SQLite, open", microseconds(lambda: held.areas([cell]), 2000) / 1e3,
                0.1, "ms"),
        verdict("one area from SQLite, with opening", microseconds(opened, 400) / 1e3, 1.0, "ms"),
    ]  # fmt: skip
    held.close()
    return lines


def fusion(classifier: Classifier) -> str:
    """Time logits and area → ranked animals, as the pipeline does it."""
    vocabulary = Vocabulary(classifier.labels)
    store = compose.atlas(Settings())
    release, shares = cells_of(KRUGER, store)
    record = unpack_record(store.areas(list(shares.shares)).records[next(iter(shares.shares))])
    view = AreaView(
        blend([record], [1.0], 7), release.known, release.expected_from, 7, "starter", "cell"
    )
    logits = np.random.default_rng(7).normal(0.0, 2.0, len(classifier.labels)).astype(np.float32)

    def fuse() -> None:
        labels = softmax(logits, classifier.fusion.temperature)
        image = vocabulary.by_taxon(labels)
        total = posterior(image, prior_of(vocabulary, view, captive=False), classifier.fusion)
        ranked(vocabulary, Scores(labels, image, total), view, 5)
        best_of(vocabulary, total, 0.1, classifier.thresholds)

    store.close()
    return verdict("fusion, ranking, roll-up", microseconds(fuse, 2000) / 1e3, 0.1, "ms")


def main() -> None:
    """Print what it ran on and one line per figure."""
    print(describe())
    classifier = compose.classifier(Settings())
    with tempfile.TemporaryDirectory() as folder:
        photo = large_photo(Path(folder) / "12mp.jpg").read_bytes()
    print(f"     the photo: 4000 x 3000, {len(photo) / 1e6:.1f} MB")
    print(hot_path(classifier, photo))
    for line in area_reads():
        print(line)
    print(fusion(classifier))
    print(f"     stages: {stages(photo)}")


def stages(photo: bytes) -> str:
    """Return the median time of each stage."""
    identifier = compose.local_identifier(Settings())
    timings = [identifier.identify(photo, Question(at=KRUGER)).timing_ms for _ in range(20)]
    identifier.close()
    return ", ".join(
        f"{stage} {statistics.median(timing[stage] for timing in timings):.2f} ms"
        for stage in timings[0]
    )


if __name__ == "__main__":
    main()
