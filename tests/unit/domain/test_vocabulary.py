import numpy as np
import pytest

from animals import BIG_CATS, CATS, DOG, JAGUAR, LABELS, LION, MAMMALS
from fieldmark.domain.taxon import Label, Rank, Taxon
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

    assert vocabulary.best_label(SCORES, dog).name == "pug"


def test_groups_run_from_narrow_to_wide_and_hold_their_members() -> None:
    vocabulary = Vocabulary(LABELS)
    by_group = vocabulary.by_group(vocabulary.by_taxon(SCORES))
    sums = {group.id: total for group, total in zip(vocabulary.groups, by_group, strict=True)}

    ranks = [group.rank for group in vocabulary.groups]
    assert ranks == sorted(ranks)
    assert sums[BIG_CATS.id] == pytest.approx(0.1 + 0.2)
    assert sums[CATS.id] == pytest.approx(0.1 + 0.2 + 0.05)
    assert sums[MAMMALS.id] == pytest.approx(0.1 + 0.2 + 0.05 + 0.4)


def test_a_taxon_that_is_a_group_itself_is_a_member_of_it() -> None:
    cats = Taxon(CATS.id, CATS.scientific_name, CATS.common_name, CATS.rank, (MAMMALS,))
    vocabulary = Vocabulary([*LABELS, Label(7, "some cat", cats, "wild")])
    scores = np.append(SCORES * 0.5, 0.5)

    by_group = vocabulary.by_group(vocabulary.by_taxon(scores))

    row = [group.id for group in vocabulary.groups].index(CATS.id)
    assert by_group[row] == pytest.approx(0.35 / 2 + 0.5)


def test_labels_without_lineage_form_no_groups() -> None:
    assert Vocabulary([Label(0, "teapot", None)]).by_group(np.zeros(0)).size == 0


def test_a_group_carries_its_own_lineage() -> None:
    group = next(group for group in Vocabulary(LABELS).groups if group.id == BIG_CATS.id)

    assert [ancestor.rank for ancestor in group.lineage] == [
        Rank.CLASS,
        Rank.ORDER,
        Rank.FAMILY,
    ]


def test_a_taxon_is_domestic_if_one_of_its_labels_is() -> None:
    vocabulary = Vocabulary(LABELS)

    assert bool(vocabulary.domestic[vocabulary.taxa.index(DOG)])
    assert not bool(vocabulary.domestic[vocabulary.taxa.index(JAGUAR)])
