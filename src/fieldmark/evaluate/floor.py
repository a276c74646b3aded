"""The floor: how little an area may leave of an animal that it does not expect."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.fusion import FusionSpec, posterior
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate.looks import Case

__all__ = ["FIRST", "least_floor"]

FIRST: Final = 3
_KEPT: Final = 0.99
_STEPS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)

_Stray = tuple[NDArray[np.float64], NDArray[np.float64]]


def least_floor(cases: Sequence[Case], vocabulary: Vocabulary, spec: FusionSpec) -> float:
    """Return the least floor that keeps what the photo shows best among the first three anywhere.

    Photos of animals at home cannot set a floor: they always ask for 0. So each photo is put into
    the areas of all photos of other regions, as if its animal had strayed, escaped or been given a
    wrong position, or the atlas had a gap; there the winner by looks may be outranked, and must not
    be buried. One stray in a hundred may: a photo on which nothing stands out has no winner to
    speak of. Where no photo has another region's area the floor stays as it is.
    """
    strays = list(_strays(cases, vocabulary, spec))
    if not strays:
        return spec.floor
    for floor in _STEPS:
        tried = replace(spec, floor=floor)
        buried = sum(not _stays(image, prior, tried) for image, prior in strays)
        if buried <= (1.0 - _KEPT) * len(strays):
            break
    return floor


def _strays(cases: Sequence[Case], vocabulary: Vocabulary, spec: FusionSpec) -> Iterator[_Stray]:
    """Yield the image scores of each photo with each prior of another region.

    Left out are winners that the atlas cannot judge, domestic ones: the floor is not for them.
    """
    placed = [(case.region, case.prior) for case in cases if case.prior is not None]
    for case in cases:
        image = case.image(vocabulary, spec.temperature)
        winner = int(np.argmax(image))
        for region, prior in placed:
            if region != case.region and not np.isnan(prior[winner]):
                yield image, prior


def _stays(image: NDArray[np.float64], prior: NDArray[np.float64], spec: FusionSpec) -> bool:
    total = posterior(image, prior, spec)
    return int((total > total[int(np.argmax(image))]).sum()) < FIRST
