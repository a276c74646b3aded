from dataclasses import replace

import numpy as np
import pytest

from animals import AXOLOTL, BIG_CATS, CATS, COUGAR, DOG, JAGUAR, LABELS, LION, cell_record
from fieldmark.domain.answer import Thresholds
from fieldmark.domain.area import blend
from fieldmark.domain.ranking import AreaView, Scores, best_of, by_looks, prior_of, ranked
from fieldmark.domain.taxon import Taxon
from fieldmark.domain.vocabulary import Vocabulary

VOCABULARY = Vocabulary(LABELS)
KNOWN = np.array(sorted([LION.id, JAGUAR.id, COUGAR.id]), dtype=np.int32)
THRESHOLDS = Thresholds(confident_at=0.8, roll_up_at=0.7, not_an_animal_at=0.5)
NO_LABELS = np.zeros(len(LABELS))


def area(occurrence: dict[Taxon, float | list[float]], month: int | None = 7) -> AreaView:
    features = blend([cell_record(occurrence)], [1.0], month)
    return AreaView(features, KNOWN, 0.1, month, "starter", "cell")


def taxa(scores: dict[Taxon, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([scores.get(taxon, 0.0) for taxon in VOCABULARY.taxa])


def test_the_prior_is_the_occurrence_relative_to_the_taxons_own_best() -> None:
    view = area({LION: 0.3})
    view.features.best[0] = 0.6

    assert dict(zip(VOCABULARY.taxa, prior_of(VOCABULARY, view, captive=False), strict=True))[
        LION
    ] == pytest.approx(0.5)


def test_domestic_and_unheard_of_taxa_have_no_prior() -> None:
    prior = prior_of(VOCABULARY, area({LION: 1.0}), captive=False)

    assert np.isnan(prior[VOCABULARY.taxa.index(DOG)])
    assert np.isnan(prior[VOCABULARY.taxa.index(AXOLOTL)])
    assert prior[VOCABULARY.taxa.index(JAGUAR)] == 0.0


def test_where_animals_are_kept_the_place_says_nothing_of_any() -> None:
    assert np.isnan(prior_of(VOCABULARY, area({LION: 1.0}), captive=True)).all()


def test_each_animal_is_told_by_how_it_belongs_here() -> None:
    total = taxa({LION: 0.4, JAGUAR: 0.3, DOG: 0.2, AXOLOTL: 0.1})

    animals = ranked(VOCABULARY, Scores(NO_LABELS, total, total), area({LION: 0.6}), 4)

    assert [animal.here for animal in animals] == ["expected", "unusual", "domestic", "unknown"]


def test_an_animal_of_another_season_is_unusual_and_its_months_are_shown() -> None:
    total = taxa({LION: 1.0})
    winter = [0.8] * 2 + [0.0] * 10

    (lion,) = ranked(VOCABULARY, Scores(NO_LABELS, total, total), area({LION: winter}, 7), 1)

    assert lion.here == "unusual"
    assert lion.evidence is not None
    assert lion.evidence.this_month == 0.0
    assert lion.evidence.by_month == pytest.approx(winter)
    assert lion.evidence.occurrence == pytest.approx(1.6 / 12)


@pytest.mark.parametrize(("month", "this_month"), [(7, 6), (None, None)])
def test_the_evidence_says_how_often_somebody_looked(
    month: int | None, this_month: int | None
) -> None:
    total = taxa({LION: 0.6, JAGUAR: 0.4})
    record = replace(
        cell_record({LION: 0.6}),
        records=np.full((1, 12), 2, dtype=np.int64),
        effort=np.arange(12, dtype=np.int64),
    )
    view = AreaView(blend([record], [1.0], month), KNOWN, 0.1, month, "mine", "cell")

    lion, jaguar = ranked(VOCABULARY, Scores(NO_LABELS, total, total), view, 2)

    assert lion.evidence is not None
    assert jaguar.evidence is not None
    assert (lion.evidence.records, jaguar.evidence.records) == (24, 0)
    for evidence in (lion.evidence, jaguar.evidence):
        assert (evidence.effort, evidence.effort_this_month) == (66, this_month)


def test_the_visual_winner_stays_in_the_list_however_short() -> None:
    image, total = taxa({JAGUAR: 0.6, LION: 0.4}), taxa({LION: 0.9, COUGAR: 0.08, JAGUAR: 0.02})

    animals = ranked(VOCABULARY, Scores(NO_LABELS, image, total), area({LION: 1.0}), 2)

    assert [animal.taxon for animal in animals] == [LION, JAGUAR]


def test_each_animal_says_its_rank_by_looks_alone() -> None:
    image, total = taxa({JAGUAR: 0.6, LION: 0.3, COUGAR: 0.1}), taxa({LION: 0.9, JAGUAR: 0.1})

    animals = ranked(VOCABULARY, Scores(NO_LABELS, image, total), area({LION: 1.0}), 2)

    assert [(animal.taxon, animal.image_rank) for animal in animals] == [(LION, 2), (JAGUAR, 1)]


def test_by_looks_ranks_as_if_no_area_were_known() -> None:
    image, total = taxa({JAGUAR: 0.6, LION: 0.3, COUGAR: 0.1}), taxa({LION: 1.0})

    looks = by_looks(VOCABULARY, Scores(NO_LABELS, image, total), 2)

    assert [(look.taxon, look.image_score) for look in looks] == [(JAGUAR, 0.6), (LION, 0.3)]


def test_without_an_area_nothing_is_said_of_here() -> None:
    total = taxa({LION: 1.0})

    (lion,) = ranked(VOCABULARY, Scores(NO_LABELS, total, total), None, 1)

    assert lion.here is None
    assert lion.evidence is None


def test_a_safe_first_animal_is_named() -> None:
    best = best_of(VOCABULARY, taxa({LION: 0.85}), 0.1, THRESHOLDS)

    assert best is not None
    assert (best.taxon, best.rolled_up, best.confident) == (LION, False, True)


def test_unsure_between_big_cats_rolls_up_to_their_genus() -> None:
    best = best_of(VOCABULARY, taxa({LION: 0.45, JAGUAR: 0.4}), 0.1, THRESHOLDS)

    assert best is not None
    assert best.taxon.id == BIG_CATS.id
    assert best.score == pytest.approx(0.85)
    assert (best.rolled_up, best.confident) == (True, True)


def test_the_narrowest_safe_group_is_taken() -> None:
    best = best_of(VOCABULARY, taxa({LION: 0.3, JAGUAR: 0.2, COUGAR: 0.3}), 0.2, THRESHOLDS)

    assert best is not None
    assert best.taxon.id == CATS.id


def test_where_nothing_is_safe_the_first_animal_is_named_without_confidence() -> None:
    best = best_of(VOCABULARY, taxa({AXOLOTL: 0.45, LION: 0.3}), 0.25, THRESHOLDS)

    assert best is not None
    assert (best.taxon, best.confident) == (AXOLOTL, False)


def test_a_photo_of_something_else_has_no_best() -> None:
    assert best_of(VOCABULARY, taxa({LION: 0.4}), 0.6, THRESHOLDS) is None
