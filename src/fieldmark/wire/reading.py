"""Answers as they are read back: the wire's JSON becomes the domain's value again.

What leaves is rounded, and a label leaves without its setting; all else comes back, so that an
answer that is sent on again is the same JSON.
"""

from collections.abc import Iterable, Mapping

from fieldmark.domain.answer import (
    Answer,
    AreaUse,
    Best,
    Evidence,
    Look,
    ModelInfo,
    OverrideSaid,
    RankedAnimal,
)
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Ancestor, Label, Rank, Taxon
from fieldmark.wire.answers import (
    AnimalOut,
    AnswerOut,
    AreaUseOut,
    EvidenceOut,
    OverrideOut,
    PositionOut,
)
from fieldmark.wire.taxa import AncestorOut, TaxonOut

__all__ = ["answer_of"]

_Groups = Mapping[str, Ancestor]


def answer_of(answer: AnswerOut, ancestors: Iterable[AncestorOut]) -> Answer:
    """Return the answer that left so.

    Args:
        answer: as it left.
        ancestors: the groups that its lineages name; within one answer a name is one group.
    Raises:
        ValueError: a lineage names a group that is not among them, a rank is none, or a place is
            not on Earth.
    """
    groups = {group.scientific_name: _group(group) for group in ancestors}
    best = answer.best
    return Answer(
        id=answer.id,
        photo=answer.photo,
        best=None
        if best is None
        else Best(_taxon(best.taxon, groups), best.score, best.rolled_up, best.confident),
        animals=tuple(_animal(animal, groups) for animal in answer.animals),
        by_looks=tuple(
            Look(_taxon(look.taxon, groups), look.image_score) for look in answer.by_looks
        ),
        not_an_animal=answer.not_an_animal,
        position=_position(answer.position),
        area=_area_use(answer.area),
        model=ModelInfo(answer.model.name, answer.model.version),
        notes=tuple(Note(note.code, note.text) for note in answer.notes),
        timing_ms=answer.timing_ms,
    )


def _group(group: AncestorOut) -> Ancestor:
    return Ancestor(group.id, group.scientific_name, group.common_name, Rank.parse(group.rank))


def _taxon(taxon: TaxonOut, groups: _Groups) -> Taxon:
    if unknown := [name for name in taxon.lineage if name not in groups]:
        raise ValueError(f"{taxon.scientific_name} lies below {unknown[0]}, which is not described")
    lineage = tuple(groups[name] for name in taxon.lineage)
    return Taxon(
        taxon.id, taxon.scientific_name, taxon.common_name, Rank.parse(taxon.rank), lineage
    )


def _animal(animal: AnimalOut, groups: _Groups) -> RankedAnimal:
    taxon = _taxon(animal.taxon, groups)
    return RankedAnimal(
        taxon=taxon,
        label=Label(animal.label.index, animal.label.name, taxon),
        score=animal.score,
        image_score=animal.image_score,
        image_rank=animal.image_rank,
        here=animal.here,
        evidence=None if animal.evidence is None else _evidence(animal.evidence),
    )


def _evidence(evidence: EvidenceOut) -> Evidence:
    return Evidence(
        occurrence=evidence.occurrence,
        this_month=evidence.this_month,
        by_month=None if evidence.by_month is None else tuple(evidence.by_month),
        records=evidence.records,
        source=evidence.source,
        within=evidence.within,
        effort=evidence.effort,
        effort_this_month=evidence.effort_this_month,
        override=None if evidence.override is None else _override(evidence.override),
    )


def _override(said: OverrideOut) -> OverrideSaid:
    return OverrideSaid(said.action, said.reason, said.author)


def _position(position: PositionOut) -> Position | None:
    if position.latitude is None or position.longitude is None or position.source == "none":
        return None
    return Position(
        position.latitude, position.longitude, position.radius_m or 0.0, position.source
    )


def _area_use(area: AreaUseOut) -> AreaUse:
    return AreaUse(
        area.status, area.cell, area.month, area.tier, area.atlas, area.animals, area.age_s
    )
