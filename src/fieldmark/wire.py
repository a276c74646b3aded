"""The outside shapes: JSON ↔ domain, version 1, the same at every door.

Field names are the contract's. Scores and occurrences are rounded to 4 decimals here and nowhere
else; absence is ``null``.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from fieldmark.domain.answer import (
    Answer,
    AreaStatus,
    AreaUse,
    Best,
    Evidence,
    Here,
    Look,
    RankedAnimal,
    Tier,
    Within,
)
from fieldmark.domain.position import Position, PositionSource
from fieldmark.domain.taxon import Taxon
from fieldmark.lookup import AreaAnimals

__all__ = [
    "AnswerOut",
    "AreaOut",
    "FailureOut",
    "ProblemOut",
    "answer_out",
    "answer_schema",
    "area_out",
    "encode",
]

_DECIMALS = 4


class TaxonOut(msgspec.Struct, frozen=True):
    """A named group of animals; ``id`` is iNaturalist's."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: str
    lineage: list[str]


class BestOut(msgspec.Struct, frozen=True):
    """What to call the animal, as narrowly as is safe."""

    taxon: TaxonOut
    score: float
    rolled_up: bool
    confident: bool


class LabelOut(msgspec.Struct, frozen=True):
    """One output of the model."""

    index: int
    name: str


class EvidenceOut(msgspec.Struct, frozen=True):
    """What the atlas says of the taxon in this area."""

    occurrence: float | None
    this_month: float | None
    by_month: list[float] | None
    records: int | None
    source: str
    within: Within


class AnimalOut(msgspec.Struct, frozen=True):
    """One ranked animal; ``image_rank`` is its place by looks alone."""

    taxon: TaxonOut
    label: LabelOut
    score: float
    image_score: float
    image_rank: int
    here: Here | None
    evidence: EvidenceOut | None


class LookOut(msgspec.Struct, frozen=True):
    """One animal as the photo alone scores it."""

    taxon: TaxonOut
    image_score: float


class PositionOut(msgspec.Struct, frozen=True):
    """Where the photo was taken, and who says so."""

    latitude: float | None
    longitude: float | None
    radius_m: float | None
    source: PositionSource | Literal["none"]


class AreaUseOut(msgspec.Struct, frozen=True):
    """Which area the answer rests on."""

    cell: str | None
    month: int | None
    status: AreaStatus
    tier: Tier
    atlas: str | None
    animals: int | None
    age_s: float


class ModelOut(msgspec.Struct, frozen=True):
    """Which model answered."""

    name: str
    version: str


class NoteOut(msgspec.Struct, frozen=True):
    """A remark: a stable code for programs, a sentence for people."""

    code: str
    text: str


class AnswerOut(msgspec.Struct, frozen=True):
    """Ranked animals and the evidence for each."""

    id: str
    photo: str | None
    best: BestOut | None
    animals: list[AnimalOut]
    by_looks: list[LookOut]
    not_an_animal: float
    position: PositionOut
    area: AreaUseOut
    model: ModelOut
    notes: list[NoteOut]
    timing_ms: dict[str, float]


class ProblemOut(msgspec.Struct, frozen=True):
    """Why there is no answer, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str


class FailureOut(msgspec.Struct, frozen=True):
    """A photo that could not be answered."""

    photo: str
    problem: ProblemOut


class ResidentOut(msgspec.Struct, frozen=True):
    """One animal of an area."""

    taxon: TaxonOut
    occurrence: float
    this_month: float | None
    by_month: list[float]
    records: int | None
    here: Here


class AreaOut(msgspec.Struct, frozen=True):
    """The animals of one area, the most regular first."""

    cell: str
    month: int | None
    status: AreaStatus
    atlas: str
    licence: str
    sources: list[str]
    animals: list[ResidentOut]


def answer_out(answer: Answer) -> AnswerOut:
    """Return the answer as it leaves."""
    return AnswerOut(
        id=answer.id,
        photo=answer.photo,
        best=None if answer.best is None else _best(answer.best),
        animals=[_animal(animal) for animal in answer.animals],
        by_looks=[_look(look) for look in answer.by_looks],
        not_an_animal=_round(answer.not_an_animal),
        position=_position(answer.position),
        area=_area_use(answer.area),
        model=ModelOut(answer.model.name, answer.model.version),
        notes=[NoteOut(note.code, note.text) for note in answer.notes],
        timing_ms={stage: round(ms, 1) for stage, ms in answer.timing_ms.items()},
    )


def area_out(area: AreaAnimals) -> AreaOut:
    """Return the animals of an area as they leave."""
    return AreaOut(
        cell=area.use.cell or "",
        month=area.use.month,
        status=area.use.status,
        atlas=area.release.name,
        licence=area.release.licence,
        sources=list(area.release.sources),
        animals=[
            ResidentOut(
                taxon=_taxon(resident.taxon),
                occurrence=_round(sum(resident.by_month) / len(resident.by_month)),
                this_month=None
                if area.use.month is None
                else _round(resident.by_month[area.use.month - 1]),
                by_month=[_round(value) for value in resident.by_month],
                records=resident.records,
                here="expected" if resident.expected else "unusual",
            )
            for resident in area.residents
        ],
    )


def answer_schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of an answer."""
    return msgspec.json.schema(AnswerOut)


def encode(value: msgspec.Struct) -> str:
    """Return the value as one line of JSON."""
    return msgspec.json.encode(value).decode()


def _taxon(taxon: Taxon) -> TaxonOut:
    return TaxonOut(
        taxon.id,
        taxon.scientific_name,
        taxon.common_name,
        str(taxon.rank),
        [ancestor.scientific_name for ancestor in taxon.lineage],
    )


def _best(best: Best) -> BestOut:
    return BestOut(_taxon(best.taxon), _round(best.score), best.rolled_up, best.confident)


def _animal(animal: RankedAnimal) -> AnimalOut:
    return AnimalOut(
        taxon=_taxon(animal.taxon),
        label=LabelOut(animal.label.index, animal.label.name),
        score=_round(animal.score),
        image_score=_round(animal.image_score),
        image_rank=animal.image_rank,
        here=animal.here,
        evidence=None if animal.evidence is None else _evidence(animal.evidence),
    )


def _look(look: Look) -> LookOut:
    return LookOut(_taxon(look.taxon), _round(look.image_score))


def _evidence(evidence: Evidence) -> EvidenceOut:
    return EvidenceOut(
        occurrence=_round_or_none(evidence.occurrence),
        this_month=_round_or_none(evidence.this_month),
        by_month=None
        if evidence.by_month is None
        else [_round(value) for value in evidence.by_month],
        records=evidence.records,
        source=evidence.source,
        within=evidence.within,
    )


def _position(position: Position | None) -> PositionOut:
    if position is None:
        return PositionOut(None, None, None, "none")
    return PositionOut(
        round(position.latitude, 6),
        round(position.longitude, 6),
        round(position.radius_m, 1),
        position.source,
    )


def _area_use(area: AreaUse) -> AreaUseOut:
    return AreaUseOut(
        cell=area.cell,
        month=area.month,
        status=area.status,
        tier=area.tier,
        atlas=area.atlas,
        animals=area.animals,
        age_s=round(area.age_s, 1),
    )


def _round(value: float) -> float:
    return round(value, _DECIMALS)


def _round_or_none(value: float | None) -> float | None:
    return None if value is None else _round(value)
