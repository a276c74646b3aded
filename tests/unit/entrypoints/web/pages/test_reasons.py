from answers_out import CATS, JAGUAR, LEOPARD, OCELOT, TAPIR, animal, answer, area
from fieldmark.entrypoints.web.pages.reasons import reasons
from fieldmark.wire.answers import BestOut, EvidenceOut
from fieldmark.wire.taxa import TaxonOut

LATER = animal(LEOPARD, score=0.04, image_score=0.9, image_rank=1, here="unusual")


def test_looks_and_kin_explain_the_first() -> None:
    asked = answer(animal(JAGUAR, image_rank=3), LATER)

    said = reasons(asked, area(JAGUAR, TAPIR))

    assert said[0] == (
        "3rd by looks alone; the only one of the cat family that the atlas expects here."
    )


def test_what_the_place_overruled_is_named() -> None:
    said = reasons(answer(animal(JAGUAR, image_rank=3), LATER), None)

    assert said[1] == "By looks alone the leopard would come first, but it is unusual here."


def test_only_records_have_been_recorded() -> None:
    said = reasons(answer(animal(JAGUAR)), area(JAGUAR, records=12))

    assert said == ("First by looks alone as well; the only one of the cat family recorded here.",)


def test_a_few_relatives_are_counted() -> None:
    said = reasons(answer(animal(JAGUAR)), area(JAGUAR, OCELOT))

    assert "one of 2 of the cat family that the atlas expects here" in said[0]


def test_many_relatives_are_not_counted() -> None:
    many = [TaxonOut(n, f"Felis {n}", None, "species", ["Felidae"]) for n in range(1, 9)]

    said = reasons(answer(animal(JAGUAR)), area(JAGUAR, *many))

    assert said == ("First by looks alone as well; the atlas expects it here.",)


def test_a_first_that_the_list_does_not_hold_is_not_the_only_one() -> None:
    said = reasons(answer(animal(JAGUAR)), area(OCELOT))

    assert "only" not in said[0]


def test_an_unusual_first_says_so_with_its_month() -> None:
    said = reasons(answer(animal(JAGUAR, here="unusual")), area(OCELOT))

    assert said[0].endswith("the atlas does not expect it here in July.")


def _not_here(records: int, effort: int, this_month: int) -> EvidenceOut:
    return EvidenceOut(0.0, 0.0, [0.0] * 12, records, "mine-1", "cell", effort, this_month)


def test_what_many_looked_for_in_vain_says_so() -> None:
    first = animal(JAGUAR, here="unusual", evidence=_not_here(0, 412, 30))

    said = reasons(answer(first), area(OCELOT))

    assert said[0].endswith("does not expect it here in July: 412 visits found none all year.")


def test_where_nobody_looked_in_that_month_the_atlas_knows_little() -> None:
    first = animal(JAGUAR, here="unusual", evidence=_not_here(3, 412, 0))

    said = reasons(answer(first), area(OCELOT))

    assert said[0].endswith("in July, though nobody is known to have looked.")


def test_what_was_found_in_other_months_is_not_called_looked_for_in_vain() -> None:
    first = animal(JAGUAR, here="unusual", evidence=_not_here(3, 412, 30))

    said = reasons(answer(first), area(OCELOT))

    assert said[0].endswith("the atlas does not expect it here in July.")


def test_what_the_atlas_has_never_heard_of_gets_no_verdict_from_the_place() -> None:
    said = reasons(answer(animal(JAGUAR, here="unknown", evidence=None)), None)

    assert "never heard of it" in said[0]


def test_pets_live_anywhere() -> None:
    said = reasons(answer(animal(JAGUAR, here="domestic", evidence=None)), None)

    assert "lives with people" in said[0]


def test_without_an_area_only_looks_speak() -> None:
    said = reasons(answer(animal(JAGUAR, here=None, evidence=None)), None)

    assert said == ("First by looks.",)


def test_a_kept_animal_is_not_judged_by_its_place() -> None:
    said = reasons(answer(animal(JAGUAR, here="unusual")), area(OCELOT), captive=True)

    assert said == (
        "First by looks.",
        "Kept animals can live anywhere, so the place was not weighed.",
    )


def test_a_group_names_its_likeliest_member() -> None:
    best = BestOut(CATS, 0.97, rolled_up=True, confident=True)

    said = reasons(answer(animal(JAGUAR, score=0.6), LATER, best=best), None)

    assert said[0] == "Which one is not certain; the likeliest is the jaguar, 60\u202f%."


def test_doubt_is_said() -> None:
    best = BestOut(JAGUAR, 0.4, rolled_up=False, confident=False)

    said = reasons(answer(animal(JAGUAR, score=0.4), best=best), None)

    assert any("sure" in sentence for sentence in said)


def test_no_animal_still_names_the_likeliest() -> None:
    said = reasons(answer(animal(OCELOT), best=None, not_an_animal=0.93), None)

    assert said == (
        "The photo shows something else, 93\u202f%.",
        "If there is an animal in it after all, an ocelot is likeliest.",
    )
