"""Answers: ranked animals, the evidence for each, and how far to trust the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fieldmark.domain.note import Note
from fieldmark.domain.override import OverrideAction
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Label, Taxon

__all__ = [
    "Answer",
    "AreaStatus",
    "AreaUse",
    "Best",
    "Evidence",
    "Here",
    "Look",
    "ModelInfo",
    "OverrideSaid",
    "RankedAnimal",
    "Thresholds",
    "Tier",
    "Within",
]

Here = Literal["expected", "unusual", "unknown", "domestic"]
AreaStatus = Literal["used", "fallback", "empty", "no_position", "off", "unavailable"]
Tier = Literal["memory", "valkey", "database", "none"]
Within = Literal["cell", "circle", "parent"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where an answer becomes safe to state; tuned for 95 % precision, kept in the manifest.

    ``confident_at`` for the first animal on its own, ``roll_up_at`` for a sum over a lineage,
    ``not_an_animal_at`` for saying that the photo shows no animal.
    """

    confident_at: float = 0.8
    roll_up_at: float = 0.8
    not_an_animal_at: float = 0.5

    def __post_init__(self) -> None:
        for name in ("confident_at", "roll_up_at", "not_an_animal_at"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be in [0, 1]")


@dataclass(frozen=True, slots=True)
class OverrideSaid:
    """What somebody says against the atlas, why, and who."""

    action: OverrideAction
    reason: str
    author: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the atlas says of one taxon in the area.

    ``occurrence`` is the mean over the year, ``this_month`` that of the photo's month, ``by_month``
    all twelve, January first; ``records`` counts the records behind them. ``effort`` counts the
    visits on which anybody recorded anything there, ``effort_this_month`` those in the photo's
    month: with 0 nobody looked, with many and no records it was searched for in vain. None where
    the atlas has no such figure. ``override`` is what somebody says against it, which the figures
    follow.
    """

    occurrence: float | None
    this_month: float | None
    by_month: tuple[float, ...] | None
    records: int | None
    source: str
    within: Within
    effort: int | None = None
    effort_this_month: int | None = None
    override: OverrideSaid | None = None


@dataclass(frozen=True, slots=True)
class RankedAnimal:
    """One animal of an answer; ``label`` is the highest of the labels that its taxon sums.

    ``image_rank`` is its place by looks alone, 1 for the first.
    """

    taxon: Taxon
    label: Label
    score: float
    image_score: float
    image_rank: int
    here: Here | None
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Look:
    """One animal as the photo alone scores it."""

    taxon: Taxon
    image_score: float


@dataclass(frozen=True, slots=True)
class Best:
    """What to call the animal, as narrowly as is safe."""

    taxon: Taxon
    score: float
    rolled_up: bool
    confident: bool


@dataclass(frozen=True, slots=True)
class AreaUse:
    """Which area the answer rests on, and how well it is known.

    ``animals`` counts the taxa to be expected there in that month.
    """

    status: AreaStatus
    cell: str | None = None
    month: int | None = None
    tier: Tier = "none"
    atlas: str | None = None
    animals: int | None = None
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked animals with their evidence. Scores are probabilities; with ``not_an_animal`` they
    would sum to 1 if every animal were listed. ``by_looks`` ranks as if no area were known."""

    id: str
    photo: str | None
    best: Best | None
    animals: tuple[RankedAnimal, ...]
    by_looks: tuple[Look, ...]
    not_an_animal: float
    position: Position | None
    area: AreaUse
    model: ModelInfo
    notes: tuple[Note, ...] = ()
    timing_ms: Mapping[str, float] = field(default_factory=dict)
