import pytest

from answers_out import CATS, JAGUAR, OCELOT, TAPIR
from fieldmark.entrypoints.web.pages import words
from fieldmark.wire.answers import BestOut
from fieldmark.wire.taxa import TaxonOut


@pytest.mark.parametrize(
    ("score", "safe", "said"),
    [
        (0.995, 1, "Almost certainly"),
        (0.95, 1, "Very likely"),
        (0.82, 1, "Probably"),
        (0.6, 0, "Perhaps"),
        (0.2, 0, "Hard to tell; perhaps"),
        (0.995, 0, "Perhaps"),
    ],
)
def test_certainty_follows_the_score_and_never_outruns_confidence(
    score: float, safe: int, said: str
) -> None:
    assert words.certainty(score, confident=bool(safe)) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jaguar", "a"), ("ocelot", "an"), ("African elephant", "an"), ("Eurasian lynx", "a"),
        ("uakari", "a"), ("urchin", "an"), ("unicorn", "a"), ("ibex", "an"),
        ("one-horned rhino", "a"), ("oneirodes", "an"), ("ewe", "a"), ("", "a"),
    ],
)  # fmt: skip
def test_the_article_goes_by_sound(name: str, said: str) -> None:
    assert words.article(name) == said


def test_a_headline_reads_as_one_phrase() -> None:
    assert words.headline(BestOut(JAGUAR, 0.95, rolled_up=False, confident=True)) == (
        "Very likely a",
        "jaguar",
    )
    assert words.headline(BestOut(OCELOT, 0.5, rolled_up=False, confident=False)) == (
        "Perhaps an",
        "ocelot",
    )


def test_a_group_is_one_of_its_members() -> None:
    best = BestOut(CATS, 0.96, rolled_up=True, confident=True)

    assert words.headline(best) == ("Very likely one of the", "cats")


def test_a_group_without_a_common_name_goes_by_its_rank() -> None:
    group = TaxonOut(1, "Tapiridae", None, "family", [])

    assert words.headline(BestOut(group, 0.995, rolled_up=True, confident=True)) == (
        "Almost certainly of the family",
        "Tapiridae",
    )


def test_no_animal_is_said_plainly() -> None:
    assert words.headline(None) == ("", "No animal found")


def test_the_scientific_name_stands_in_for_a_missing_common_one() -> None:
    assert words.name_of(TAPIR) == "Tapirus terrestris"


def test_looks_say_a_rank_and_whether_the_place_agrees() -> None:
    assert words.by_looks(3, place_weighed=True) == "3rd by looks alone"
    assert words.by_looks(1, place_weighed=True) == "first by looks alone as well"
    assert words.by_looks(1, place_weighed=False) == "first by looks"


def test_a_family_is_told_by_its_ending() -> None:
    assert words.family_of(JAGUAR) == "Felidae"
    assert words.family_of(CATS) == "Felidae"
    assert words.family_of(TaxonOut(2, "Aves", "birds", "class", [])) is None


def test_families_have_plain_names_where_they_are_known() -> None:
    assert words.family_words("Felidae") == "the cat family"
    assert words.family_words("Tapiridae") == "the family Tapiridae"
