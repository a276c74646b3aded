import pytest

from animals import BIG_CATS, COUGAR, DOG, JAGUAR, LABELS, LION
from evaluation import VOCABULARY, row
from fieldmark.domain.taxon import Label, Taxon
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.errors import RequestError
from fieldmark.evaluate import truth_of


def right(
    level: int, taxon: str | None, vocabulary: Vocabulary = VOCABULARY, **fields: object
) -> set[Taxon]:
    flags = truth_of(row(taxon, **fields), vocabulary).right[level]
    return {t for t, flag in zip(vocabulary.taxa, flags, strict=True) if flag}


def test_the_species_itself_is_right_at_every_level() -> None:
    assert [LION in right(level, "Panthera leo") for level in range(3)] == [True, True, True]


def test_a_sister_species_is_right_at_genus_level_only() -> None:
    assert [JAGUAR in right(level, "Panthera leo") for level in range(3)] == [False, True, True]


def test_a_species_of_the_family_is_right_at_family_level_only() -> None:
    assert [COUGAR in right(level, "Panthera leo") for level in range(3)] == [False, False, True]


def test_an_animal_of_another_family_is_never_right() -> None:
    assert not any(DOG in right(level, "Panthera leo") for level in range(3))


def test_a_species_without_a_class_is_right_at_genus_level_where_its_genus_has_one() -> None:
    assert right(0, "Panthera tigris") == set()
    assert right(1, "Panthera tigris") == {LION, JAGUAR}


def test_a_genus_wide_label_is_right_where_the_model_has_no_narrower_class(
    with_genus: Vocabulary,
) -> None:
    assert {t.scientific_name for t in right(0, "Panthera tigris", with_genus)} == {"Panthera"}
    assert {t.scientific_name for t in right(0, "Panthera leo", with_genus)} == {"Panthera leo"}


def test_a_truth_wider_than_a_species_accepts_what_is_below_it() -> None:
    assert right(0, "Panthera") == {LION, JAGUAR}


def test_a_lineage_places_an_animal_that_the_model_has_never_heard_of() -> None:
    assert right(2, "Lynx lynx") == set()
    assert right(2, "Lynx lynx", lineage=("Carnivora", "Felidae")) == {LION, JAGUAR, COUGAR}


def test_labels_that_are_stated_decide_at_species_level() -> None:
    assert right(0, None, labels=(1,)) == {JAGUAR}
    assert right(0, "Panthera leo", labels=(0, 2)) == {LION, COUGAR}


def test_a_row_can_say_that_the_model_has_no_class() -> None:
    assert right(0, "Panthera leo", labels=()) == set()


@pytest.mark.parametrize(
    ("labels", "message"), [((7,), "label 7 does not exist"), ((6,), "teapot.*no animal")]
)
def test_a_label_that_is_no_animal_of_the_model_is_refused(
    labels: tuple[int, ...], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        truth_of(row(None, labels=labels), VOCABULARY)


def test_a_group_that_the_animal_belongs_to_is_truly_said() -> None:
    truth = truth_of(row("Panthera leo"), VOCABULARY)

    assert truth.holds(LION)
    assert not truth.holds(JAGUAR)
    assert truth.names >= {"Felidae", "Mammalia"}


@pytest.fixture
def with_genus() -> Vocabulary:
    genus = Taxon(BIG_CATS.id, "Panthera", "big cats", BIG_CATS.rank, LION.lineage[:-1])
    return Vocabulary((*LABELS, Label(7, "big cat", genus, "wild")))
