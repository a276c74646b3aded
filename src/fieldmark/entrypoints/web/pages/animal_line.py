"""One ranked animal as the answer page shows it: looks, place and total side by side."""

from dataclasses import dataclass

from fieldmark.domain.answer import Here
from fieldmark.entrypoints.web.pages import numbers, words
from fieldmark.entrypoints.web.pages.charts import MonthChart, month_chart
from fieldmark.wire.answers import AnimalOut, EvidenceOut
from fieldmark.wire.taxa import TaxonOut

__all__ = ["AnimalLine", "Measure", "animal_line"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A share in words and as a length out of 100, both None where there is none; and a remark."""

    text: str | None
    share: float | None
    remark: str


@dataclass(frozen=True, slots=True)
class AnimalLine:
    """One ranked animal; ``facts`` are the evidence in sentences."""

    rank: int
    name: str
    taxon: TaxonOut
    href: str
    looks: Measure
    place: Measure
    total: Measure
    here: Here | None
    unusual: bool
    facts: tuple[str, ...]
    chart: MonthChart | None


def animal_line(rank: int, animal: AnimalOut, month: int | None) -> AnimalLine:
    """Return the line of one animal; ``month`` is that of the photo, if known."""
    evidence = animal.evidence
    by_month = None if evidence is None else evidence.by_month
    return AnimalLine(
        rank=rank,
        name=words.name_of(animal.taxon),
        taxon=animal.taxon,
        href=f"/animals/{animal.taxon.id}",
        looks=_measure(animal.image_score, f"{numbers.ordinal(animal.image_rank)} by looks"),
        place=_place(animal, month),
        total=_measure(animal.score, f"{numbers.ordinal(rank)} in all"),
        here=animal.here,
        unusual=animal.here == "unusual",
        facts=_facts(animal, evidence),
        chart=month_chart(by_month, month) if by_month is not None and any(by_month) else None,
    )


def _measure(share: float, remark: str) -> Measure:
    return Measure(numbers.percent(share), numbers.share_of_100(share), remark)


def _place(animal: AnimalOut, month: int | None) -> Measure:
    if animal.here is None:
        return Measure(None, None, "not weighed")
    remark, evidence = words.HERE[animal.here], animal.evidence
    if evidence is None or animal.here in ("unknown", "domestic"):
        return Measure(None, None, remark)
    share = evidence.occurrence if month is None else evidence.this_month
    if share is None:
        return Measure(None, None, remark)
    return _measure(share, remark)


def _facts(animal: AnimalOut, evidence: EvidenceOut | None) -> tuple[str, ...]:
    label = f"The model saw \u201c{animal.label.name}\u201d, its output {animal.label.index}."
    if evidence is None:
        return ("The atlas has no figures for it.", label)
    found = [
        _occurrence(evidence),
        _overridden(evidence),
        _records(evidence),
        _within(evidence),
        label,
    ]
    return tuple(fact for fact in found if fact is not None)


def _occurrence(evidence: EvidenceOut) -> str | None:
    if evidence.occurrence is None:
        return None
    if evidence.occurrence == 0.0:
        return "The atlas does not know it from here in any month."
    return (
        f"Who looks for it here finds it with a chance of {numbers.percent(evidence.occurrence)}, "
        "the year round."
    )


def _overridden(evidence: EvidenceOut) -> str | None:
    said = evidence.override
    if said is None:
        return None
    what = {
        "include": "to be found here",
        "exclude": "not to be found here",
        "boost": "more or less often here than its records tell",
    }
    return f"{said.author} says that it is {what[said.action]}: {said.reason}"


def _records(evidence: EvidenceOut) -> str | None:
    if evidence.records is None:
        return None
    records = numbers.counted(evidence.records, "record")
    if evidence.effort is None:
        return f"{records} here."
    if evidence.effort == 0:
        return "Nobody is known to have looked for animals here."
    return f"{records} here, on {numbers.counted(evidence.effort, 'visit')} by anyone."


def _within(evidence: EvidenceOut) -> str:
    source = "the starter atlas" if evidence.source == "starter" else evidence.source
    areas = {
        "cell": "for the cell of the photo",
        "circle": "for the cells under the circle",
        "parent": "for the wider cell around the photo's",
    }
    return f"From {source}, {areas[evidence.within]}."
