import math

import numpy as np
import pytest

from animals import AXOLOTL, COUGAR, JAGUAR, LABELS, LION
from evaluation import CONTEXT, PLAIN, VOCABULARY, case, row
from fieldmark.domain.answer import Thresholds
from fieldmark.errors import RequestError
from fieldmark.evaluate import Case, Looks, tuning_of
from fieldmark.evaluate.crossing import folds_of, held_out
from fieldmark.evaluate.floor import least_floor
from fieldmark.evaluate.minimise import minimum, spread
from fieldmark.evaluate.safety import lowest_safe
from fieldmark.evaluate.tuning import tune

WILD = (LION, JAGUAR, COUGAR)
DEFAULTS = Thresholds()


def drawn(count: int, temperature: float, seed: int = 7) -> list[Case]:
    """Return photos whose truth is drawn from softmax(logits / temperature) over three cats."""
    chance = np.random.default_rng(seed)
    cases = []
    for k in range(count):
        logits = chance.normal(0.0, 3.0, 3)
        powers = np.exp(logits / temperature)
        truth = WILD[chance.choice(3, p=powers / powers.sum())]
        shown = dict(zip(("lion", "jaguar", "cougar"), np.exp(logits).tolist(), strict=True))
        told = row(truth.scientific_name, photo=f"{k}.jpg")
        cases.append(case(shown, None, told, photo=f"{k}.jpg"))
    return cases


@pytest.mark.parametrize("temperature", [0.7, 2.0])
def test_tuning_recovers_the_temperature_that_drew_the_truth(temperature: float) -> None:
    tuned = tune(drawn(800, temperature), VOCABULARY, DEFAULTS)

    assert tuned.fusion.temperature == pytest.approx(temperature, rel=0.15)
    interval = tuned.estimates["temperature"].interval
    assert interval.low < temperature < interval.high


def test_a_number_that_the_photos_do_not_determine_stays_at_rest() -> None:
    tuned = tune(drawn(5, 1.2), VOCABULARY, DEFAULTS)

    assert tuned.fusion.temperature == 1.0
    assert tuned.estimates["temperature"].value != 1.0


def test_without_an_area_the_fusion_stays_where_it_rests() -> None:
    tuned = tune(drawn(20, 1.0), VOCABULARY, DEFAULTS)

    spec = tuned.fusion
    assert (spec.a, spec.b, spec.floor, spec.neutral) == pytest.approx((1.0, 1.0, 0.01, 0.5))


def test_an_area_that_is_always_right_gains_weight() -> None:
    cases = [
        case({"lion": 0.4, "jaguar": 0.5, "teapot": 0.1}, {LION: 1.0, JAGUAR: 0.3})
        for _ in range(40)
    ]

    assert tune(cases, VOCABULARY, DEFAULTS).fusion.b > 1.3


def test_an_area_that_says_nothing_true_loses_weight() -> None:
    shown, prior = {"lion": 0.6, "jaguar": 0.3, "teapot": 0.1}, {LION: 0.1, JAGUAR: 1.0}
    lions = [case(shown, prior) for _ in range(24)]
    jaguars = [case(shown, prior, row("Panthera onca")) for _ in range(12)]

    tuned = tune([*lions, *jaguars], VOCABULARY, DEFAULTS)

    assert tuned.fusion.b < 0.7


def test_the_floor_is_the_least_that_keeps_the_winner_among_the_first_three() -> None:
    shown = {"lion": 0.7, "jaguar": 0.1, "cougar": 0.1, "axolotl": 0.1}
    home = case(shown, {LION: 1.0}, region="Africa")
    others = {JAGUAR: 1.0, COUGAR: 1.0, AXOLOTL: 1.0}
    away = case(shown, others, region="America")

    # Away, a floor f leaves the lion 0.7 f against three times 0.1: it must exceed 1 / 7.
    assert least_floor([home, away], VOCABULARY, PLAIN) == 0.15


def test_without_another_region_the_floor_stays() -> None:
    assert least_floor([case({"lion": 1.0}, {LION: 1.0})] * 3, VOCABULARY, PLAIN) == PLAIN.floor


def test_photos_without_a_class_do_not_move_the_fusion_but_do_raise_the_bar() -> None:
    known = [case({"lion": 0.9, "jaguar": 0.1}, {LION: 1.0, JAGUAR: 1.0})] * 20
    strangers = [case({"jaguar": 0.8, "lion": 0.2}, None, row("Lynx lynx"))] * 20

    alone = tune(known, VOCABULARY, DEFAULTS)
    together = tune([*known, *strangers], VOCABULARY, DEFAULTS)

    assert together.fusion == alone.fusion
    assert alone.thresholds.confident_at == 0.5
    assert together.thresholds.confident_at > 0.8


def test_the_lowest_safe_threshold_keeps_nineteen_of_twenty() -> None:
    scores = np.array([0.55] * 2 + [0.7] * 19 + [0.65])
    right = np.array([False] * 2 + [True] * 19 + [False])

    assert lowest_safe(scores, right, [0.5, 0.6, 0.7, 0.8]) == 0.6


def test_where_no_threshold_is_safe_the_highest_one_holds() -> None:
    assert lowest_safe(np.array([0.9]), np.array([False]), [0.5, 0.95]) == 0.95


def test_cross_validation_never_shows_a_fold_its_own_taxa() -> None:
    names = [label.taxon.scientific_name for label in LABELS if label.taxon]
    cases = [case({"lion": 1.0}, None, row(name), photo=f"{k}") for k, name in enumerate(names * 3)]

    held = held_out(cases, lambda rest: {one.truth.name for one in rest}, folds=3)

    assert [one.photo for one, _ in held] == [one.photo for one in cases]
    assert all(one.truth.name not in seen for one, seen in held)


def test_the_folds_are_the_same_in_every_run_and_of_one_size() -> None:
    cases = [case({"lion": 1.0}, None, row(f"Genus species{k}")) for k in range(20)]

    assert folds_of(cases, 10) == folds_of(cases, 10)
    assert sorted(folds_of(cases, 10)) == sorted([*range(10), *range(10)])


def test_nelder_and_mead_find_the_bottom_of_a_bent_valley() -> None:
    def rosenbrock(at: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        return float((1 - at[0]) ** 2 + 10 * (at[1] - at[0] ** 2) ** 2)

    assert minimum(rosenbrock, np.array([-1.0, 1.0])).tolist() == pytest.approx([1, 1], abs=2e-3)


def test_the_spread_is_the_sandwich() -> None:
    seen = np.array([-1.0, 0.0, 4.0])

    def terms(
        at: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.asarray((at[0] - seen) ** 2 / 2)

    # With the prior the least point is 3 / 4; H = 3 + 1, J = 1.75² + 0.75² + 3.25² + 1.
    spread_there = spread(terms, np.array([0.75]))
    assert spread_there.tolist() == pytest.approx([(15.1875**0.5) / 4])


def test_what_no_term_determines_keeps_the_spread_of_its_prior() -> None:
    assert spread(lambda _: np.zeros(3), np.zeros(1)).tolist() == [1.0]


def test_where_the_sum_bends_down_nothing_is_determined() -> None:
    assert math.isinf(spread(lambda at: -(at**2), np.zeros(1))[0])


def test_the_snippet_holds_both_tables_and_says_on_what_it_was_tuned() -> None:
    cases = [
        case({"lion": 0.5, "jaguar": 0.4}, {LION: 1.0}, row(t.scientific_name), photo=f"{k}")
        for k in range(8)
        for t in WILD
    ]

    tuning = tuning_of(Looks(tuple(cases), ()), CONTEXT)

    assert tuning.manifest.startswith("[fusion]\n# tuned on 24 photos")
    assert "\n[answer]\nconfident_at = " in tuning.manifest
    assert [one.name for one in tuning.fitted][:5] == ["temperature", "a", "b", "floor", "neutral"]
    assert tuning.out_of_fold.folds == 3


def test_too_few_photos_are_not_tuned_on() -> None:
    with pytest.raises(RequestError, match="at least 10 photos"):
        tuning_of(Looks((case({"lion": 1.0}),), ()), CONTEXT)
