"""Methods: the ways of weighing photo and place that are compared on the same looks."""

from collections.abc import Callable
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.fusion import FusionSpec, posterior
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate.looks import Case

__all__ = ["METHODS", "Method", "fused", "inaturalist", "photo_only", "scores_of"]

Method = Literal["photo only", "iNaturalist's arithmetic", "Fieldmark"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

_GEO_MIN: Final = 0.005


def photo_only(
    image: NDArray[np.float64], prior: NDArray[np.float64] | None, spec: FusionSpec
) -> NDArray[np.float64]:
    """Return ``[K]``, the photo's own probabilities."""
    del prior, spec
    return image


def inaturalist(
    image: NDArray[np.float64], prior: NDArray[np.float64] | None, spec: FusionSpec
) -> NDArray[np.float64]:
    """Return ``[K]``, ``vision · max(geo, 0.005)``, normalised to what ``image`` sums to.

    The prior takes the place of the geographic model's score. That model scores every taxon; what
    our atlas cannot judge counts 1, as in the evaluation of SINR (Cole et al. 2023).

    Source: inatVisionAPI, ``combined_score`` with its ``geo_min`` of 0.005.
    """
    del spec
    if prior is None:
        return image
    weight = image * np.where(np.isnan(prior), 1.0, np.maximum(prior, _GEO_MIN))
    total = float(weight.sum())
    return np.asarray(image.sum() * weight / total) if total > 0.0 else image


def fused(
    image: NDArray[np.float64], prior: NDArray[np.float64] | None, spec: FusionSpec
) -> NDArray[np.float64]:
    """Return ``[K]``, what the pipeline answers with."""
    return image if prior is None else posterior(image, prior, spec)


_Weigh = Callable[
    [NDArray[np.float64], NDArray[np.float64] | None, FusionSpec], NDArray[np.float64]
]
_WAYS: Final[dict[Method, _Weigh]] = {
    "photo only": photo_only,
    "iNaturalist's arithmetic": inaturalist,
    "Fieldmark": fused,
}


def scores_of(
    method: Method, case: Case, vocabulary: Vocabulary, spec: FusionSpec
) -> NDArray[np.float64]:
    """Return ``[K]``: the method's probabilities of one photo, all at the same temperature."""
    return _WAYS[method](case.image(vocabulary, spec.temperature), case.prior, spec)
