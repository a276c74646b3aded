"""A classifier that answers what the real model once said of the same photo."""

import io
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark import compose
from fieldmark.adapters.model_bundle import ModelCard
from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.taxon import Label
from fieldmark.photo.pixels import read_pixels
from fieldmark.photo.views import ViewSpec
from fieldmark.settings import Settings
from machine import seconds

__all__ = ["RecordedModel", "Recording", "example_photos", "record", "small_photos"]

_LONGER_PX = 48
_VIEWS = ViewSpec(size=16, resample="bilinear", min_scale=1.0)
"""Small: what the real one wants to see takes longer to prepare than everything else here."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Logits by what was seen, as ``_seen`` names it, and how long each is to take."""

    logits: Mapping[bytes, NDArray[np.float32]]
    took_s: float = 0.0


class RecordedModel:
    """See ports.Classifier. It says of itself what the default model does, its views aside."""

    def __init__(self, recording: Recording, card: ModelCard) -> None:
        self._logits = recording.logits
        self._took_s = recording.took_s
        self._manifest = card.manifest
        self.labels: Sequence[Label] = card.labels
        self.info: ModelInfo = card.info
        self.views = _VIEWS

    @property
    def fusion(self) -> FusionSpec:
        """See ports.Classifier."""
        return self._manifest.fusion

    @property
    def thresholds(self) -> Thresholds:
        """See ports.Classifier."""
        return self._manifest.thresholds

    def logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ports.Classifier."""
        time.sleep(self._took_s)
        return self._logits[_seen(pixels)]


def example_photos() -> list[bytes]:
    """Return the example photos as they are, as large as those that the page sends."""
    return [path.read_bytes() for path in compose.examples().values()]


def small_photos() -> list[bytes]:
    """Return the example photos as small JPEGs, without metadata."""
    photos = []
    for path in compose.examples().values():
        with Image.open(path) as image:
            image.thumbnail((_LONGER_PX, _LONGER_PX))
            written = io.BytesIO()
            image.convert("RGB").save(written, "JPEG", quality=80)
        photos.append(written.getvalue())
    return photos


def record(photos: Sequence[bytes]) -> Recording:
    """Return what the default model says of the photos, and how long it takes for one (median)."""
    model = compose.classifier(Settings())
    prepared = [read_pixels(photo, model.views).views for photo in photos]
    model.logits(prepared[0])
    took_s = [seconds(partial(model.logits, pixels)) for pixels in prepared]
    seen = [_seen(read_pixels(photo, _VIEWS).views) for photo in photos]
    logits = [model.logits(pixels) for pixels in prepared]
    return Recording(dict(zip(seen, logits, strict=True)), statistics.median(took_s))


def _seen(pixels: NDArray[np.float32]) -> bytes:
    return pixels[0, :, ::2, ::2].tobytes()
