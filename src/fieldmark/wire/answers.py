"""Answers as they leave: ranked animals and the evidence for each."""

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
    OverrideSaid,
    RankedAnimal,
    Tier,
    Within,
)
from fieldmark.domain.note import Note
from fieldmark.domain.override import OverrideAction
from fieldmark.domain.position import Position, PositionSource
from fieldmark.wire.encoding import rounded
from fieldmark.wire.taxa import TaxonOut, taxon_out

__all__ = [
    "AnswerOut",
    "IdentifiedOut",
    "NoteOut",
    "OverrideOut",
    "PositionOut",
    "answer_out",
    "answer_schema",
    "identified_out",
    "note_out",
    "position_out",
]


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


class OverrideOut(msgspec.Struct, frozen=True):
    """What somebody says against the atlas, why, and who."""

    action: OverrideAction
    reason: str
    author: str


class EvidenceOut(msgspec.Struct, frozen=True):
    """What the atlas says of the taxon in this area; ``effort`` counts visits of anyone there."""

    occurrence: float | None
    this_month: float | None
    by_month: list[float] | None
    records: int | None
    source: str
    within: Within
    effort: int | None = None
    effort_this_month: int | None = None
    override: OverrideOut | None = None


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


class IdentifiedOut(AnswerOut, frozen=True):
    """An answer as whoever asked gets it.

    ``delete_token`` is given once, here; it is null where the answer is not kept.
    """

    delete_token: str | None


def identified_out(answer: AnswerOut, delete_token: str | None) -> IdentifiedOut:
    """Return the answer with the token that deletes it."""
    return IdentifiedOut(**msgspec.structs.asdict(answer), delete_token=delete_token)


def answer_out(answer: Answer) -> AnswerOut:
    """Return the answer as it leaves."""
    return AnswerOut(
        id=answer.id,
        photo=answer.photo,
        best=None if answer.best is None else _best(answer.best),
        animals=[_animal(animal) for animal in answer.animals],
        by_looks=[_look(look) for look in answer.by_looks],
        not_an_animal=rounded(answer.not_an_animal),
        position=position_out(answer.position),
        area=_area_use(answer.area),
        model=ModelOut(answer.model.name, answer.model.version),
        notes=[note_out(note) for note in answer.notes],
        timing_ms={stage: round(ms, 1) for stage, ms in answer.timing_ms.items()},
    )


def answer_schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of an answer."""
    return msgspec.json.schema(AnswerOut)


def _best(best: Best) -> BestOut:
    return BestOut(taxon_out(best.taxon), rounded(best.score), best.rolled_up, best.confident)


def _animal(animal: RankedAnimal) -> AnimalOut:
    return AnimalOut(
        taxon=taxon_out(animal.taxon),
        label=LabelOut(animal.label.index, animal.label.name),
        score=rounded(animal.score),
        image_score=rounded(animal.image_score),
        image_rank=animal.image_rank,
        here=animal.here,
        evidence=None if animal.evidence is None else _evidence(animal.evidence),
    )


def _look(look: Look) -> LookOut:
    return LookOut(taxon_out(look.taxon), rounded(look.image_score))


def _evidence(evidence: Evidence) -> EvidenceOut:
    return EvidenceOut(
        occurrence=_round_or_none(evidence.occurrence),
        this_month=_round_or_none(evidence.this_month),
        by_month=None
        if evidence.by_month is None
        else [rounded(value) for value in evidence.by_month],
        records=evidence.records,
        source=evidence.source,
        within=evidence.within,
        effort=evidence.effort,
        effort_this_month=evidence.effort_this_month,
        override=_override(evidence.override),
    )


def _override(said: OverrideSaid | None) -> OverrideOut | None:
    return None if said is None else OverrideOut(said.action, said.reason, said.author)


def note_out(note: Note) -> NoteOut:
    """Return the note as it leaves."""
    return NoteOut(note.code, note.text)


def position_out(position: Position | None) -> PositionOut:
    """Return the position as it leaves; none has its source, "none"."""
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


def _round_or_none(value: float | None) -> float | None:
    return None if value is None else rounded(value)
