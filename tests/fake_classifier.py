"""A classifier that we own: it sees in every photo what the test tells it to see."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from animals import LABELS
from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.taxon import Label
from fieldmark.photo.views import ViewSpec


class FakeClassifier:
    """See ports.Classifier. ``shown`` gives the probability of labels by name."""

    def __init__(self, shown: Mapping[str, float]) -> None:
        self.shown = dict(shown)
        self.info = ModelInfo("fake", "1")
        self.views = ViewSpec(size=16)
        self.labels: Sequence[Label] = LABELS
        self.fusion = FusionSpec(temperature=1.0, a=1.0, b=1.0, floor=0.01, neutral=0.5)
        self.thresholds = Thresholds(confident_at=0.8, roll_up_at=0.8, not_an_animal_at=0.5)
        self.saw: list[tuple[int, ...]] = []

    def logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ports.Classifier."""
        self.saw.append(pixels.shape)
        shares = [self.shown.get(label.name, 1e-9) for label in self.labels]
        return np.log(np.array(shares, dtype=np.float32))
