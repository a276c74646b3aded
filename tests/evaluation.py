"""Photos of the small animal kingdom, already looked at."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from animals import LABELS
from fieldmark.domain.answer import Here, ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.taxon import Taxon
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate import Case, Context, TruthRow, truth_of

VOCABULARY = Vocabulary(LABELS)
PLAIN = FusionSpec(temperature=1.0, a=1.0, b=1.0, floor=0.01, neutral=0.5)
CONTEXT = Context(
    ModelInfo("toy", "1"), VOCABULARY, PLAIN, Thresholds(0.8, 0.8, 0.5), "starter-2026.11"
)


def row(taxon: str | None = "Panthera leo", **fields: object) -> TruthRow:
    """Return a row of a truth file."""
    photo = str(fields.pop("photo", "a.jpg"))
    return TruthRow(2, photo, Path(photo), taxon=taxon, **fields)  # type: ignore[arg-type]


def case(
    shown: Mapping[str, float],
    prior: Mapping[Taxon, float] | None = None,
    truth: TruthRow | None = None,
    *,
    photo: str = "a.jpg",
    region: str = "Africa",
    here: Here | None = None,
) -> Case:
    """Return a photo with those probabilities by label name, and 1e-9 for every other label."""
    scores = np.array([shown.get(label.name, 1e-9) for label in LABELS])
    by_taxon = None
    if prior is not None:
        by_taxon = np.array([prior.get(taxon, 0.0) for taxon in VOCABULARY.taxa])
    told = truth_of(truth or row(), VOCABULARY)
    return Case(photo, told, region, np.log(scores).astype(np.float32), by_taxon, here)
