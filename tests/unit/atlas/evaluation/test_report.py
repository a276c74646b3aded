"""The evaluation: ours beats what it is compared with, on a made-up world whose truth is known."""

import numpy as np
import pytest

from fieldmark.atlas.evaluation.painting import painted
from fieldmark.atlas.evaluation.predictions import by_ranges, by_smoothing
from fieldmark.atlas.evaluation.report import (
    Design,
    Evaluation,
    Truth,
    evaluated,
    lines,
    lost_to,
)
from fieldmark.atlas.evaluation.rivals import ablations, pseudo_count_grid
from fieldmark.atlas.evaluation.world import World, WorldSpec, counted, generated
from fieldmark.atlas.smoothing import SmoothingSpec

SPEC = SmoothingSpec()
GRID = "grid"


@pytest.fixture(scope="module")
def world() -> World:
    return generated(WorldSpec(seed=5, taxa=12, areas=3))


@pytest.fixture(scope="module")
def evaluation(world: World) -> Evaluation:
    truth = Truth(np.arange(1, 13, dtype=np.int32), world.cells, world.rate)
    methods = {
        "ours": by_smoothing(SPEC),
        GRID: pseudo_count_grid(SPEC, by_month=False),
        "painted": by_ranges(painted(world, SPEC)),
        "with ranges": by_smoothing(SPEC, painted(world, SPEC)),
        **ablations(SPEC),
    }
    return evaluated(counted(world), methods, SPEC, Design(folds=2), truth)


def test_ours_beats_the_grid_of_pseudo_counts_but_for_its_endless_lists(
    evaluation: Evaluation,
) -> None:
    for scores in (evaluation.blocks, evaluation.visits):
        assert set(lost_to(scores["ours"], scores[GRID])) <= {"recall"}


def test_both_ways_of_holding_out_score_every_method(evaluation: Evaluation) -> None:
    names = {"ours", GRID, "painted", "with ranges", *ablations(SPEC)}

    assert evaluation.blocks.keys() == evaluation.visits.keys() == names


def test_a_table_has_a_line_for_each_method(evaluation: Evaluation) -> None:
    head, rule, *rows = lines(evaluation.blocks)

    assert {line.count("|") for line in (head, rule, *rows)} == {9}
    assert len(rows) == len(evaluation.blocks)


def test_a_world_is_that_of_its_seed(world: World) -> None:
    again = generated(WorldSpec(seed=5, taxa=12, areas=3))

    assert np.array_equal(world.found, again.found)


def test_without_a_known_truth_visits_alone_are_scored(world: World) -> None:
    methods = {"ours": by_smoothing(SPEC)}

    scores = evaluated(counted(world), methods, SPEC, Design(folds=2)).visits["ours"]

    assert scores.visit_loss > 0.0
    assert 0.0 < scores.recall <= 1.0
