"""Ranking: posterior → the animals in order, each with its evidence, and the one to name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import (
    Best,
    Evidence,
    Here,
    Look,
    OverrideSaid,
    RankedAnimal,
    Thresholds,
    Within,
)
from fieldmark.domain.area import AreaFeatures, rows_of
from fieldmark.domain.override import Override
from fieldmark.domain.vocabulary import Vocabulary

__all__ = ["AreaView", "Scores", "best_of", "by_looks", "prior_of", "ranked"]


@dataclass(frozen=True, slots=True, eq=False)
class AreaView:
    """What an atlas says of one area, as the ranking needs it.

    ``known`` holds the ascending ids of every taxon of the atlas; ``month`` is None where the year
    stands for it. ``withheld`` are taxa whose places are told to nobody: they are weighed, and
    nothing is said of how; ``overrides`` are what somebody says of a taxon here, by its id.
    """

    features: AreaFeatures
    known: NDArray[np.int32]
    expected_from: float
    month: int | None
    source: str
    within: Within
    withheld: frozenset[int] = frozenset()
    overrides: Mapping[int, Override] = field(default_factory=dict)


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
    if captive:
        return np.full(len(vocabulary.taxa), np.nan)
    features = area.features
    # The row past the last one stands for what is not here: rows of -1 find it.
    relative = np.zeros(features.best.size + 1)
    np.divide(features.occurrence, features.best, out=relative[:-1], where=features.best > 0.0)
    prior = np.minimum(relative[features.rows(vocabulary.taxon_ids)], 1.0)
    prior[vocabulary.domestic | (rows_of(vocabulary.taxon_ids, area.known) < 0)] = np.nan
    return prior


def ranked(
    vocabulary: Vocabulary, scores: Scores, area: AreaView | None, top: int
) -> tuple[RankedAnimal, ...]:
    """Return the ``top`` animals by total score; the best by looks alone is always among them."""
    order: list[int] = np.argsort(-scores.total, kind="stable")[:top].tolist()
    winner = int(np.argmax(scores.image))
    if winner not in order:
        order[-1] = winner
    judgements = _judgements(vocabulary, area, order)
    return tuple(
        RankedAnimal(
            taxon=vocabulary.taxa[row],
            label=vocabulary.best_label(scores.labels, row),
            score=float(scores.total[row]),
            image_score=float(scores.image[row]),
            image_rank=int(np.count_nonzero(scores.image > scores.image[row])) + 1,
            here=here,
            evidence=evidence,
        )
        for row, (here, evidence) in zip(order, judgements, strict=True)
    )


def by_looks(vocabulary: Vocabulary, scores: Scores, top: int) -> tuple[Look, ...]:
    """Return the ``top`` animals as the photo alone ranks them."""
    order: list[int] = np.argsort(-scores.image, kind="stable")[:top].tolist()
    return tuple(Look(vocabulary.taxa[row], float(scores.image[row])) for row in order)


def best_of(
    vocabulary: Vocabulary,
    total: NDArray[np.float64],
    not_an_animal: float,
    thresholds: Thresholds,
) -> Best | None:
    """Return what to call the animal: the first one, or the narrowest group that is safe.

    None where the photo shows no animal.

    Source: the lowest common ancestor above a summed score, as iNaturalist's vision service and
    SpeciesNet's roll-up do it; docs/decisions/0019-say-what-is-safe.md.
    """
    if not_an_animal >= thresholds.not_an_animal_at:
        return None
    first = int(np.argmax(total))
    if total[first] >= thresholds.confident_at:
        return Best(vocabulary.taxa[first], float(total[first]), rolled_up=False, confident=True)
    sums = vocabulary.by_group(total)
    safe = np.flatnonzero(sums >= thresholds.roll_up_at)
    if safe.size:
        narrowest = vocabulary.groups[safe[0]].rank
        alike = [int(k) for k in safe if vocabulary.groups[k].rank == narrowest]
        group = max(alike, key=lambda k: float(sums[k]))
        score = min(float(sums[group]), 1.0)
        return Best(vocabulary.groups[group], score, rolled_up=True, confident=True)
    return Best(vocabulary.taxa[first], float(total[first]), rolled_up=False, confident=False)


def _judgements(
    vocabulary: Vocabulary, area: AreaView | None, order: list[int]
) -> list[tuple[Here | None, Evidence | None]]:
    """Return what the area says of each of those taxa."""
    if area is None:
        return [(None, None)] * len(order)
    taxon_ids = vocabulary.taxon_ids[order]
    rows = area.features.rows(taxon_ids).tolist()
    known = (rows_of(taxon_ids, area.known) >= 0).tolist()
    return [
        (None, None)
        if taxon_id in area.withheld
        else (
            _here(area, row, is_domestic=bool(vocabulary.domestic[slot]), is_known=is_known),
            _evidence(area, row, taxon_id) if is_known else None,
        )
        for taxon_id, slot, row, is_known in zip(
            taxon_ids.tolist(), order, rows, known, strict=True
        )
    ]


def _here(area: AreaView, row: int, *, is_domestic: bool, is_known: bool) -> Here:
    if is_domestic:
        return "domestic"
    if not is_known:
        return "unknown"
    met = row >= 0 and area.features.occurrence[row] >= area.expected_from
    return "expected" if met else "unusual"


def _evidence(area: AreaView, row: int, taxon_id: int) -> Evidence:
    """Return the atlas's figures of a taxon that it knows; a row of -1 says it is not here."""
    if row < 0:
        by_month: tuple[float, ...] = (0.0,) * 12
    else:
        by_month = tuple(area.features.by_month[row].tolist())
    counts, effort = area.features.records, area.features.effort
    return Evidence(
        occurrence=sum(by_month) / 12.0,
        this_month=None if area.month is None else by_month[area.month - 1],
        by_month=by_month,
        records=None if counts is None else int(counts[row].sum()) if row >= 0 else 0,
        source=area.source,
        within=area.within,
        effort=None if effort is None else int(effort.sum()),
        effort_this_month=None
        if effort is None or area.month is None
        else int(effort[area.month - 1]),
        override=_said(area.overrides.get(taxon_id)),
    )


def _said(override: Override | None) -> OverrideSaid | None:
    if override is None:
        return None
    return OverrideSaid(override.action, override.reason, override.author)
