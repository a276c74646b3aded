import numpy as np
import pytest

from animals import BIG_CATS, CATS, DOG, JAGUAR, LABELS, LION, MAMMALS
from fieldmark.domain.taxon import Rank
from fieldmark.domain.vocabulary import Vocabulary

SCORES = np.array([0.1, 0.2, 0.05, 0.15, 0.25, 0.05, 0.2])


def test_labels_of_one_taxon_are_summed() -> None:
    vocabulary = Vocabulary(LABELS)

    by_taxon = dict(zip(vocabulary.taxa, vocabulary.by_taxon(SCORES), strict=True))

    assert by_taxon[DOG] == pytest.approx(0.4)
    assert by_taxon[LION] == pytest.approx(0.1)


def test_what_is_no_animal_is_in_no_taxon() -> None:
    assert Vocabulary(LABELS).by_taxon(SCORES).sum() == pytest.approx(0.8)


def test_a_taxon_is_spoken_for_by_its_highest_label() -> None:
    vocabulary = Vocabulary(LABELS)
    dog = vocabulary.taxa.index(DOG)

    assert [label.name for label in vocabulary.best_labels(SCORES, [dog])] == ["pug"]


def test_groups_run_from_narrow_to_wide_and_hold_their_members() -> None:
    vocabulary = Vocabulary(LABELS)
    members = {
        group.taxon.id: {vocabulary.taxa[row].common_name for row in group.members}
        for group in vocabulary.groups
    }

    assert [group.taxon.rank for group in vocabulary.groups] == sorted(
        group.taxon.rank for group in vocabulary.groups
    )
    assert members[BIG_CATS.id] == {"lion", "jaguar"}
    assert members[CATS.id] == {"lion", "jaguar", "cougar"}
    assert members[MAMMALS.id] == {"lion", "jaguar", "cougar", "dog"}


def test_a_group_carries_its_own_lineage() -> None:
    group = next(g for g in Vocabulary(LABELS).groups if g.taxon.id == BIG_CATS.id)

    assert [ancestor.rank for ancestor in group.taxon.lineage] == [
        Rank.CLASS,
        Rank.ORDER,
        Rank.FAMILY,
    ]


def test_a_taxon_is_domestic_if_one_of_its_labels_is() -> None:
    vocabulary = Vocabulary(LABELS)

    assert bool(vocabulary.domestic[vocabulary.taxa.index(DOG)])
    assert not bool(vocabulary.domestic[vocabulary.taxa.index(JAGUAR)])
