import json

import pytest

from answers_out import JAGUAR, LEOPARD, TAPIR, animal, answer, area
from fieldmark.entrypoints.web.pages import answer_view
from fieldmark.wire.answers import AreaUseOut, EvidenceOut, PositionOut
from fieldmark.wire.taxa import TaxonOut

LATER = animal(LEOPARD, score=0.04, image_score=0.9, image_rank=1, here="unusual")


def test_looks_place_and_total_stand_side_by_side() -> None:
    line = answer_view(answer(animal(JAGUAR, image_rank=3)), None).animals[0]

    assert [line.looks.text, line.place.text, line.total.text] == [
        "80\u202f%", "50\u202f%", "95\u202f%",
    ]  # fmt: skip
    assert [line.looks.remark, line.place.remark] == ["3rd by looks", "expected here"]
    assert line.href == "/animals/41970"


def test_without_a_month_the_year_stands_for_it() -> None:
    evidence = EvidenceOut(0.25, None, [0.25] * 12, None, "starter", "parent")
    use = AreaUseOut("838b6bfffffffff", None, "fallback", "database", "starter", 3, 0.0)

    view = answer_view(answer(animal(JAGUAR, evidence=evidence), area=use), None)

    assert view.animals[0].place.text == "25\u202f%"
    assert view.where.href == "/areas/838b6bfffffffff"
    assert view.where.residents == "3 animals to be expected"


def test_unusual_is_marked_on_the_animal_and_on_the_answer() -> None:
    view = answer_view(answer(LATER), None)

    assert view.unusual
    assert view.animals[0].unusual
    assert view.animals[0].place.remark == "unusual here"


def test_an_animal_without_figures_has_none() -> None:
    line = answer_view(answer(animal(JAGUAR, here="unknown", evidence=None)), None).animals[0]

    assert line.place.text is None
    assert line.chart is None
    assert line.facts[0] == "The atlas has no figures for it."


def test_records_are_told_from_expectation() -> None:
    evidence = EvidenceOut(0.5, 0.5, [0.5] * 12, 1412, "mine-1", "circle")

    facts = answer_view(answer(animal(JAGUAR, evidence=evidence)), None).animals[0].facts

    assert "1\u202f412 records here." in facts
    assert "From mine-1, for the cells under the circle." in facts


def test_records_stand_beside_the_visits_that_they_come_from() -> None:
    evidence = EvidenceOut(0.5, 0.5, [0.5] * 12, 1, "mine-1", "cell", 1412, 90)

    facts = answer_view(answer(animal(JAGUAR, evidence=evidence)), None).animals[0].facts

    assert "1 record here, on 1\u202f412 visits by anyone." in facts


def test_where_nobody_looked_no_records_means_nothing() -> None:
    evidence = EvidenceOut(0.5, 0.5, [0.5] * 12, 0, "mine-1", "cell", 0, 0)

    facts = answer_view(answer(animal(JAGUAR, evidence=evidence)), None).animals[0].facts

    assert "Nobody is known to have looked for animals here." in facts


def test_the_order_without_the_place_says_what_moved() -> None:
    view = answer_view(answer(animal(JAGUAR, image_score=0.05, image_rank=2), LATER), None)

    assert [(look.name, look.moved) for look in view.looks] == [
        ("leopard", "2nd with the place"),
        ("jaguar", "1st with the place"),
    ]
    assert not view.looks_agree


def test_what_the_journal_kept_shows_the_area_and_no_place() -> None:
    kept = answer(animal(JAGUAR), position=PositionOut(None, None, None, "exif"))

    where = answer_view(kept, area(JAGUAR)).where

    assert where.place is None
    assert where.latitude is None
    assert where.href == "/areas/838b6bfffffffff?month=7"


def test_a_position_is_written_as_a_map_does_with_its_source() -> None:
    where = answer_view(answer(animal(JAGUAR)), None).where

    assert where.place == "12.84° S, 69.29° W ±15\u202fm"
    assert where.source == "as the camera wrote it into the photo"


@pytest.mark.parametrize("status", ["empty", "no_position", "off", "unavailable"])
def test_a_silent_area_says_why(status: str) -> None:
    use = AreaUseOut(None, None, status, "none", None, None, 0.0)  # type: ignore[arg-type]

    where = answer_view(answer(animal(JAGUAR), area=use), None).where

    assert where.silent is not None
    assert where.residents is None
    assert where.href is None


def test_no_animal_has_no_name_and_keeps_its_list() -> None:
    view = answer_view(answer(animal(TAPIR), best=None), None)

    assert (view.lead, view.name, view.taxon) == ("", "No animal found", None)
    assert not view.unusual
    assert len(view.animals) == 1


def test_the_json_cannot_leave_its_script() -> None:
    hostile = TaxonOut(1, "</script><!--", "<b>&", "species", [])

    view = answer_view(answer(animal(hostile)), None)

    assert not set("<>&") & set(view.json)
    assert json.loads(view.json)["best"]["taxon"]["common_name"] == "<b>&"


def test_steps_are_timed_in_words() -> None:
    view = answer_view(answer(animal(JAGUAR)), None)

    assert view.timing[0] == ("reading the photo", "3.2\u202fms")
    assert view.total == "20\u202fms"
