"""The answer as its page shows it: every string that the template needs, ready."""

from dataclasses import dataclass

from fieldmark.entrypoints.web.pages import numbers, words
from fieldmark.entrypoints.web.pages.animal_line import AnimalLine, animal_line
from fieldmark.entrypoints.web.pages.reasons import reasons
from fieldmark.wire.answers import AnswerOut, NoteOut
from fieldmark.wire.areas import AreaOut
from fieldmark.wire.encoding import encode
from fieldmark.wire.taxa import TaxonOut

__all__ = ["AnswerView", "LookLine", "Where", "answer_view"]


@dataclass(frozen=True, slots=True)
class LookLine:
    """One animal as the photo alone ranks it; ``moved`` says what the place did to it."""

    rank: int
    name: str
    taxon: TaxonOut
    percent: str
    share: float
    moved: str


@dataclass(frozen=True, slots=True)
class Where:
    """Where and when the photo was taken, as far as the answer knows or may say.

    ``latitude``, ``longitude`` and ``radius_m`` are None where only the area is known or kept;
    ``silent`` says why the place was not weighed, None where it was.
    """

    place: str | None
    source: str | None
    latitude: float | None
    longitude: float | None
    radius_m: float | None
    cell: str | None
    month: str | None
    residents: str | None
    href: str | None
    silent: str | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer for people. ``lead`` and ``name`` read as one: ``Very likely a`` ``jaguar``.

    ``taxon`` is what it names, None for no animal; ``json`` is the whole answer, safe inside a
    script element.
    """

    id: str
    lead: str
    name: str
    taxon: TaxonOut | None
    percent: str | None
    unusual: bool
    rolled_up: bool
    why: tuple[str, ...]
    animals: tuple[AnimalLine, ...]
    looks: tuple[LookLine, ...]
    looks_agree: bool
    not_an_animal: str
    where: Where
    notes: tuple[NoteOut, ...]
    timing: tuple[tuple[str, str], ...]
    total: str | None
    model: str
    atlas: str | None
    href: str
    json_href: str
    json: str


def answer_view(
    answer: AnswerOut,
    residents: AreaOut | None,
    setting: str = "wild",
) -> AnswerView:
    """Return the view of an answer.

    Args:
        answer: as it leaves, or as the journal kept it, without coordinates.
        residents: the animals of its area in its month, None where no area was used.
        setting: ``wild`` or ``captive``, as it was asked; what the journal keeps does not say it.
    """
    best = answer.best
    lead, name = words.headline(best)
    first = answer.animals[0] if answer.animals else None
    timing = {stage: numbers.milliseconds(ms) for stage, ms in answer.timing_ms.items()}
    return AnswerView(
        id=answer.id,
        lead=lead,
        name=name,
        taxon=None if best is None else best.taxon,
        percent=None if best is None else numbers.percent(best.score),
        unusual=best is not None and first is not None and first.here == "unusual",
        rolled_up=best is not None and best.rolled_up,
        why=reasons(answer, residents, captive=setting == "captive"),
        animals=tuple(
            animal_line(rank, animal, answer.area.month)
            for rank, animal in enumerate(answer.animals, start=1)
        ),
        looks=_looks(answer),
        looks_agree=_looks_agree(answer),
        not_an_animal=numbers.percent(answer.not_an_animal),
        where=_where(answer),
        notes=tuple(answer.notes),
        timing=tuple((words.STAGE.get(stage, stage), ms) for stage, ms in timing.items()),
        total=timing.get("total"),
        model=f"{answer.model.name}, version {answer.model.version}",
        atlas=answer.area.atlas,
        href=f"/answers/{answer.id}",
        json_href=f"/v1/answers/{answer.id}",
        json=_harmless(encode(answer)),
    )


def _looks(answer: AnswerOut) -> tuple[LookLine, ...]:
    ranks = {animal.taxon.id: rank for rank, animal in enumerate(answer.animals, start=1)}
    return tuple(
        LookLine(
            rank=rank,
            name=words.name_of(look.taxon),
            taxon=look.taxon,
            percent=numbers.percent(look.image_score),
            share=numbers.share_of_100(look.image_score),
            moved=_moved(rank, ranks.get(look.taxon.id)),
        )
        for rank, look in enumerate(answer.by_looks, start=1)
    )


def _moved(alone: int, with_place: int | None) -> str:
    """Return what the place did to an animal that the photo alone puts at that rank."""
    if with_place is None:
        return "off the list with the place"
    if with_place == alone:
        return "the same with the place"
    return f"{numbers.ordinal(with_place)} with the place"


def _looks_agree(answer: AnswerOut) -> bool:
    alone = [look.taxon.id for look in answer.by_looks]
    return alone == [animal.taxon.id for animal in answer.animals][: len(alone)]


def _where(answer: AnswerOut) -> Where:
    position, area = answer.position, answer.area
    place = None
    if position.latitude is not None and position.longitude is not None:
        place = numbers.place_on_earth(position.latitude, position.longitude)
        if position.radius_m:
            place += f" ±{numbers.distance(position.radius_m)}"
    month = words.month_name(area.month)
    query = f"?month={area.month}" if area.month else ""
    return Where(
        place=place,
        source=words.SOURCE.get(position.source),
        latitude=position.latitude,
        longitude=position.longitude,
        radius_m=position.radius_m,
        cell=area.cell,
        month=month,
        residents=None if not area.animals else _residents(area.animals, month),
        href=None if area.cell is None else f"/areas/{area.cell}{query}",
        silent=words.SILENT_AREA.get(area.status),
    )


def _residents(animals: int, month: str | None) -> str:
    noun = "animal" if animals == 1 else "animals"
    when = f" in {month}" if month else ""
    return f"{animals} {noun} to be expected{when}"


def _harmless(json: str) -> str:
    """Return JSON that cannot end the script element that holds it."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
