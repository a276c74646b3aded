"""Ranking: posterior → the animals in order, each with its evidence, and the one to name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Best, Evidence, Here, RankedAnimal, Thresholds, Within
from fieldmark.domain.area import AreaFeatures
from fieldmark.domain.vocabulary import Vocabulary

__all__ = ["AreaView", "Scores", "best_of", "prior_of", "ranked"]

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class AreaView:
    """What an atlas says of one area, as the ranking needs it.

    ``known`` holds the ascending ids of every taxon of the atlas; ``month`` is None where the year
    stands for it.
    """

    features: AreaFeatures
    known: NDArray[np.int32]
    expected_from: float
    month: int | None
    source: str
    within: Within


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One photo's probabilities: ``labels`` ``[L]``; ``image`` and ``total`` ``[K]`` by taxon."""

    labels: NDArray[np.float64]
    image: NDArray[np.float64]
    total: NDArray[np.float64]


def prior_of(vocabulary: Vocabulary, area: AreaView, *, captive: bool) -> NDArray[np.float64]:
    """Return ``[K]``: each taxon's occurrence relative to its own best, NaN where it has none.

    There is none for domestic animals, for taxa that the atlas has never heard of and, where
    animals are kept (zoo, garden, aquarium), for any.
    """
    prior = np.zeros(len(vocabulary.taxa), dtype=np.float64)
    if captive:
        return np.full_like(prior, np.nan)
    rows = area.features.rows(vocabulary.taxon_ids)
    here = rows >= 0
    best = area.features.best[rows[here]]
    occurrence = area.features.occurrence[rows[here]]
    prior[here] = np.divide(occurrence, best, out=np.zeros_like(best), where=best > 0.0)
    prior[vocabulary.domestic | ~_is_known(vocabulary.taxon_ids, area.known)] = np.nan
    return np.minimum(prior, 1.0)


def ranked(
    vocabulary: Vocabulary, scores: Scores, area: AreaView | None, top: int
) -> tuple[RankedAnimal, ...]:
    """Return the ``top`` animals by total score; the best by looks alone is always among them."""
    order = [int(row) for row in np.argsort(-scores.total, kind="stable")[:top]]
    winner = int(np.argmax(scores.image))
    if winner not in order:
        order[-1] = winner
    here, evidence = _judgements(vocabulary, area, order)
    return tuple(
        RankedAnimal(
            taxon=vocabulary.taxa[row],
            label=label,
            score=float(scores.total[row]),
            image_score=float(scores.image[row]),
            here=here[k],
            evidence=evidence[k],
        )
        for k, (row, label) in enumerate(
            zip(order, vocabulary.best_labels(scores.labels, order), strict=True)
        )
    )


def best_of(
    vocabulary: Vocabulary,
    total: NDArray[np.float64],
    not_an_animal: float,
    thresholds: Thresholds,
) -> Best | None:
    """Return what to call the animal: the first one, or the narrowest group that is safe.

    None where the photo shows no animal.

    Source: the lowest common ancestor above a summed score, as iNaturalist's vision service and
    SpeciesNet's roll-up do it; docs/decisions/0005-say-what-is-safe.md.
    """
    if not_an_animal >= thresholds.not_an_animal_at:
        return None
    first = int(np.argmax(total))
    if total[first] >= thresholds.confident_at:
        return Best(vocabulary.taxa[first], float(total[first]), rolled_up=False, confident=True)
    sums = np.array([total[group.members].sum() for group in vocabulary.groups])
    safe = np.flatnonzero(sums >= thresholds.roll_up_at - _ROUNDING)
    if safe.size:
        narrowest = vocabulary.groups[safe[0]].taxon.rank
        group = max(
            (k for k in safe if vocabulary.groups[k].taxon.rank == narrowest),
            key=lambda k: sums[k],
        )
        score = min(float(sums[group]), 1.0)
        return Best(vocabulary.groups[group].taxon, score, rolled_up=True, confident=True)
    return Best(vocabulary.taxa[first], float(total[first]), rolled_up=False, confident=False)


def _is_known(taxon_ids: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.bool_]:
    return np.isin(taxon_ids, known, assume_unique=True)


def _judgements(
    vocabulary: Vocabulary, area: AreaView | None, order: Sequence[int]
) -> tuple[list[Here | None], list[Evidence | None]]:
    if area is None:
        return [None] * len(order), [None] * len(order)
    taxon_ids = vocabulary.taxon_ids[list(order)]
    rows = area.features.rows(taxon_ids)
    known = _is_known(taxon_ids, area.known)
    here: list[Here | None] = []
    for slot, row, is_known in zip(order, rows, known, strict=True):
        if vocabulary.domestic[slot]:
            here.append("domestic")
        elif not is_known:
            here.append("unknown")
        else:
            met = row >= 0 and area.features.occurrence[row] >= area.expected_from
            here.append("expected" if met else "unusual")
    evidence = [
        _evidence(area, int(row)) if is_known else None
        for row, is_known in zip(rows, known, strict=True)
    ]
    return here, evidence


def _evidence(area: AreaView, row: int) -> Evidence:
    """Return the atlas's figures of a taxon that it knows; a row of -1 says it is not here."""
    if row < 0:
        by_month: tuple[float, ...] = (0.0,) * 12
    else:
        by_month = tuple(float(value) for value in area.features.by_month[row])
    counts = area.features.records
    return Evidence(
        occurrence=sum(by_month) / 12.0,
        this_month=None if area.month is None else by_month[area.month - 1],
        by_month=by_month,
        records=None if counts is None else int(counts[row].sum()) if row >= 0 else 0,
        source=area.source,
        within=area.within,
    )
