"""Does the model answer alike on every CPU? Run it twice and compare what it prints.

    python bench/model_cpus.py BUNDLE...
    qemu-x86_64 -cpu Haswell python bench/model_cpus.py BUNDLE...    # AVX2 without VNNI

Processors without VNNI (AWS Lambda shows none, laptops before 2020 have none) add pairs of 8-bit
products in 16 bits. Where such a sum saturates, scores change and with them answers.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.photo.pixels import read_pixels
from machine import ROOT


def main() -> None:
    """Print, for each bundle, a digest of the scores and each example photo's first label."""
    photos = sorted((ROOT / "examples/photos").glob("*.jpg"))
    for path in sys.argv[1:]:
        model = OnnxClassifier(open_bundle(Path(path)))
        scores = [
            model.logits(read_pixels(photo.read_bytes(), model.views).views) for photo in photos
        ]
        digest = hashlib.sha256(np.array(scores).tobytes()).hexdigest()[:16]
        firsts = [f"{model.labels[int(row.argmax())].name} {row.max():.3f}" for row in scores]
        print(f"{Path(path).name}: {digest}  {', '.join(firsts)}", flush=True)


if __name__ == "__main__":
    main()
