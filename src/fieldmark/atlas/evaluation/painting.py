"""Ranges of a made-up world as somebody with a field guide would paint them: coarse, in words."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.evaluation.world import World
from fieldmark.atlas.smoothing import SmoothingSpec
from fieldmark.atlas.smoothing.occurrence import occurrence_of
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.ranges import FREQUENCIES
from fieldmark.atlas_format import QUANTA, parents_of

__all__ = ["painted"]

_PRESENT: Final = 0.05
"""A stroke takes in a wide cell whose mean occurrence, in the best month, is at least this."""

_BEST_SHARE: Final = 0.3
"""A month is named if it is at least so good as the best one."""


def painted(world: World, spec: SmoothingSpec) -> Evidence:
    """Return what the painter says: one word for all of the range, in whole cells one level up.

    It is drawn from the truth, so that nothing is forgotten or misplaced: better than real ones.
    """
    return Evidence.joined(list(_strokes(world, spec)))


def _strokes(world: World, spec: SmoothingSpec) -> Iterator[Evidence]:
    wide = parents_of(world.cells, world.spec.resolution)
    _, home, size = np.unique(wide, return_inverse=True, return_counts=True)
    for taxon_id, rate in enumerate(world.rate, start=1):
        occurrence = occurrence_of(rate, None, spec)
        best = occurrence.max(axis=1)
        inside = (np.bincount(home, weights=best) / size >= _PRESENT)[home]
        if inside.any():
            yield _stroke(taxon_id, world.cells[inside], occurrence[inside])


def _stroke(taxon_id: int, cells: NDArray[np.int64], occurrence: NDArray[np.float64]) -> Evidence:
    year = occurrence.mean(axis=0)
    named = np.flatnonzero(year >= _BEST_SHARE * year.max())
    typical = float(occurrence[:, named].mean())
    words = [share for share in FREQUENCIES.values() if share > 0.0]
    share = min(words, key=lambda word: abs(word - typical))
    return Evidence(
        np.full(cells.size, taxon_id, dtype=np.int32),
        cells,
        np.full(cells.size, sum(1 << month for month in named.tolist()), dtype=np.int16),
        np.full(cells.size, round(share * QUANTA), dtype=np.int32),
    )
