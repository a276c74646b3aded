"""Fusion: what the photo shows and what the area knows become one probability per taxon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FusionSpec", "posterior", "softmax"]

_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class FusionSpec:
    """The tuned numbers of the fusion; they live in the model's manifest.

    ``temperature`` divides the logits; ``a`` and ``b`` weigh image and area; ``floor`` is the least
    that a prior may say; ``neutral`` is the prior of taxa that the atlas cannot judge.

    Raises:
        ValueError: a number that cannot serve.
    """

    temperature: float = 1.0
    a: float = 1.0
    b: float = 1.0
    floor: float = 0.01
    neutral: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature!r}; it must be above 0")
        for name in ("a", "b"):
            if not 0.0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be 0 or more")
        for name in ("floor", "neutral"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be in (0, 1]")


def softmax(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Return P(label | photo), calibrated by the temperature.

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def posterior(
    image: NDArray[np.float64], prior: NDArray[np.float64], spec: FusionSpec
) -> NDArray[np.float64]:
    """Return P(taxon | photo, area); it sums to what ``image`` sums to.

    The rest, P(not an animal), is the same before and after: the area knows nothing of it.

    Args:
        image: ``[K]``, P(taxon | photo), the labels of one taxon summed.
        prior: ``[K]``, occurrence relative to the taxon's best, 0 to 1; NaN where the atlas
            cannot judge.
        spec: the weights, the floor and the neutral prior.
    Raises:
        ValueError: the shapes differ.
    Source: Mac Aodha et al. 2019, eq. 2 (``p_image · p_area``), with exponents (a logarithmic
        opinion pool, Genest & Zidek 1986) and a floor as in iNaturalist's
        ``vision · max(geo, floor)``; docs/decisions/0004-soft-prior.md.
    """
    if image.shape != prior.shape:
        raise ValueError(f"{image.shape} image scores and {prior.shape} priors")
    judged = np.where(np.isnan(prior), spec.neutral, np.maximum(prior, spec.floor))
    log_weight = spec.a * np.log(np.maximum(image, _TINY)) + spec.b * np.log(judged)
    weight = np.exp(log_weight - log_weight.max(initial=-np.inf)) if image.size else log_weight
    total = weight.sum()
    return np.asarray(image.sum() * weight / total, dtype=np.float64) if total > 0.0 else image
