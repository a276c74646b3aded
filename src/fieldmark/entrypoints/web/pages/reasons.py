"""Reasons: why an answer names what it names, in sentences that claim only what the data says."""

from collections.abc import Sequence
from typing import Final

from fieldmark.entrypoints.web.pages import words
from fieldmark.entrypoints.web.pages.numbers import counted, percent
from fieldmark.wire.answers import AnimalOut, AnswerOut, EvidenceOut
from fieldmark.wire.areas import AreaOut, ResidentOut
from fieldmark.wire.taxa import TaxonOut

__all__ = ["reasons"]

_FEW: Final = 5
"""Up to so many relatives are worth counting."""


def reasons(
    answer: AnswerOut, residents: AreaOut | None, *, captive: bool = False
) -> tuple[str, ...]:
    """Return the sentences that explain the answer, the strongest first.

    Args:
        answer: what is to be explained.
        residents: the animals of its area in its month, None where no area was used.
        captive: the animal is kept, so that its place was not weighed.
    """
    if answer.best is None:
        return _nothing(answer)
    if not answer.animals:
        return ()
    first = answer.animals[0]
    found = [
        _likeliest(first) if answer.best.rolled_up else None,
        _clauses(first, residents, captive=captive, month=answer.area.month),
        _seen_elsewhere(answer, first),
        None if answer.best.confident else "Too little sets it apart to be sure; look at the next.",
        "Kept animals can live anywhere, so the place was not weighed." if captive else None,
    ]
    return tuple(sentence for sentence in found if sentence is not None)


def _nothing(answer: AnswerOut) -> tuple[str, ...]:
    said = f"The photo shows something else, {percent(answer.not_an_animal)}."
    if not answer.animals:
        return (said,)
    name = words.name_of(answer.animals[0].taxon)
    return (
        said,
        f"If there is an animal in it after all, {words.article(name)} {name} is likeliest.",
    )


def _likeliest(first: AnimalOut) -> str:
    name = words.name_of(first.taxon)
    return f"Which one is not certain; the likeliest is the {name}, {percent(first.score)}."


def _clauses(
    first: AnimalOut, residents: AreaOut | None, *, captive: bool, month: int | None
) -> str:
    weighed = first.here is not None and not captive
    clauses = [words.by_looks(first.image_rank, place_weighed=weighed)]
    if weighed:
        clauses += _about_the_place(first, residents, month)
    sentence = "; ".join(clauses)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _about_the_place(
    first: AnimalOut, residents: AreaOut | None, month: int | None
) -> Sequence[str]:
    if first.here == "unusual":
        return [_unusual(first.evidence, f" in {words.month_name(month)}" if month else "")]
    if first.here == "unknown":
        return ["the atlas has never heard of it, so the place says nothing"]
    if first.here == "domestic":
        return ["it lives with people anywhere, so the place says little"]
    kin = _kin(first.taxon, residents)
    return ["the atlas expects it here" if kin is None else kin]


def _unusual(evidence: EvidenceOut | None, when: str) -> str:
    """Return why it is unusual: nobody looked, or somebody did and found none, or no more."""
    said = f"the atlas does not expect it here{when}"
    if evidence is None or evidence.effort is None:
        return said
    month = evidence.effort if evidence.effort_this_month is None else evidence.effort_this_month
    if month == 0:
        return f"{said}, though nobody is known to have looked"
    if evidence.records == 0:
        return f"{said}: {counted(evidence.effort, 'visit')} found none all year"
    return said


def _kin(taxon: TaxonOut, residents: AreaOut | None) -> str | None:
    """Return how few of its family the area holds, None where that says nothing."""
    family = words.family_of(taxon)
    if residents is None or family is None or taxon.rank == "family":
        return None
    relatives = [resident for resident in residents.animals if _is_of(resident, family)]
    if all(resident.taxon.id != taxon.id for resident in relatives) or len(relatives) > _FEW:
        return None
    known = _knowledge(relatives)
    if len(relatives) == 1:
        return f"the only one of {words.family_words(family)} {known}"
    return f"one of {len(relatives)} of {words.family_words(family)} {known}"


def _is_of(resident: ResidentOut, family: str) -> bool:
    met = resident.here == "expected" or bool(resident.records)
    return met and words.family_of(resident.taxon) == family


def _knowledge(relatives: Sequence[ResidentOut]) -> str:
    """Return what is known of them: a hand-made atlas expects, only records have been recorded."""
    recorded = all(resident.records for resident in relatives)
    return "recorded here" if recorded else "that the atlas expects here"


def _seen_elsewhere(answer: AnswerOut, first: AnimalOut) -> str | None:
    """Return what the photo alone would have said, where the place overruled it."""
    if first.image_rank == 1 or not answer.by_looks:
        return None
    winner = answer.by_looks[0].taxon
    here = next((animal.here for animal in answer.animals if animal.taxon.id == winner.id), None)
    why = f", but it is {words.HERE[here]}" if here == "unusual" else ""
    return f"By looks alone the {words.name_of(winner)} would come first{why}."
