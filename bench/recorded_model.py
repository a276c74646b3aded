"""A classifier that answers what the real model once said of the same photo."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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

__all__ = ["RecordedModel", "Recording", "example_photos", "record", "small_photos"]

_LONGER_PX = 48
_VIEWS = ViewSpec(size=16, resample="bilinear", min_scale=1.0)
"""Small: what the real one wants to see takes longer to prepare than everything else here."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Logits by what was seen, as ``_seen`` names it."""

    logits: Mapping[bytes, NDArray[np.float32]]


class RecordedModel:
    """See ports.Classifier. It says of itself what the default model does, its views aside."""

    def __init__(self, recording: Recording, card: ModelCard) -> None:
        self._logits = recording.logits
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
    """Return what the default model says of the photos."""
    model = compose.classifier(Settings())
    logits = {
        _seen(read_pixels(photo, _VIEWS).views): model.logits(read_pixels(photo, model.views).views)
        for photo in photos
    }
    return Recording(logits)


def _seen(pixels: NDArray[np.float32]) -> bytes:
    return pixels[0, :, ::2, ::2].tobytes()
