"""The smoothed atlas against other ways to make one of the same counts, on made-up worlds.

The truth is known there: which taxon is found how easily in which cell and month. Blocks of the
earth are held out, each at least 500 km wide, and then three in ten of all visits. The numbers of
``SmoothingSpec`` were tuned on the worlds of other seeds (101 to 103); these are 7 to 9. Each
argument is a GBIF Parquet file to do the same with, by visits, for want of a truth.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fieldmark.atlas.evaluation.painting import painted
from fieldmark.atlas.evaluation.predictions import Method, by_ranges, by_smoothing
from fieldmark.atlas.evaluation.report import Design, Truth, evaluated, lines, lost_to
from fieldmark.atlas.evaluation.rivals import ablations, pseudo_count_grid
from fieldmark.atlas.evaluation.scores import Scores
from fieldmark.atlas.evaluation.world import World, WorldSpec, counted, generated
from fieldmark.atlas.smoothing import SmoothingSpec
from gbif_counts import gbif_counts
from machine import describe

OURS = "ours"
WITH_RANGES = "ours, and the painted ranges"
WORLDS = (
    WorldSpec(seed=7, visits=40.0),
    WorldSpec(seed=8, visits=10.0, unseen=0.5),
    WorldSpec(seed=9, visits=200.0, unseen=0.2),
)
"""Looked at as Europe's edges are, hardly at all, and well."""


def methods(world: World, spec: SmoothingSpec) -> Mapping[str, Method]:
    """Return ours and what it is compared with."""
    ranges = painted(world, spec)
    return {
        OURS: by_smoothing(spec),
        **ablations(spec),
        "pseudo-count grid, by cell": pseudo_count_grid(spec, by_month=False),
        "pseudo-count grid, by cell and month": pseudo_count_grid(spec, by_month=True),
        "painted ranges alone": by_ranges(ranges),
        WITH_RANGES: by_smoothing(spec, ranges),
    }


def mean(scores: Sequence[Scores]) -> Scores:
    """Return the mean of scores over worlds; the bins of the first."""

    def of(name: str) -> float:
        return float(np.mean([getattr(score, name) for score in scores]))

    return Scores(
        visit_loss=of("visit_loss"),
        find_loss=of("find_loss"),
        recall=of("recall"),
        precision=of("precision"),
        listed=of("listed"),
        truly_listed=of("truly_listed"),
        calibration_error=of("calibration_error"),
        error=of("error"),
        bins=scores[0].bins,
    )


def on_worlds(spec: SmoothingSpec) -> None:
    """Print a table for blocks and one for visits, the mean of all worlds, and what was lost."""
    blocks: dict[str, list[Scores]] = defaultdict(list)
    visits: dict[str, list[Scores]] = defaultdict(list)
    for world in map(generated, WORLDS):
        taxa = np.arange(1, world.spec.taxa + 1, dtype=np.int32)
        truth = Truth(taxa, world.cells, world.rate)
        found = evaluated(counted(world), methods(world, spec), spec, Design(), truth)
        looked_at = f"{found.cells} of {world.cells.size} cells, {world.visits.sum()} visits"
        print(f"seed {world.spec.seed}: {looked_at}")
        for name in found.blocks:
            blocks[name].append(found.blocks[name])
            visits[name].append(found.visits[name])
    show({name: mean(every) for name, every in blocks.items()}, "Blocks of 500 km and more")
    show({name: mean(every) for name, every in visits.items()}, "Visits")


def on_file(file: Path, spec: SmoothingSpec) -> None:
    """Print the same for a GBIF Parquet file, whose truth nobody knows: visits alone are scored."""
    counts = gbif_counts(file, resolution=3)
    compared = {
        OURS: by_smoothing(spec),
        **ablations(spec),
        "pseudo-count grid, by cell": pseudo_count_grid(spec, by_month=False),
    }
    found = evaluated(counts, compared, spec, Design())
    print(f"\n{file.name}: {found.cells} cells, {counts.effort.sum():.0f} visits")
    show(found.blocks, "Blocks of 500 km and more")
    show(found.visits, "Visits")


def show(scores: Mapping[str, Scores], title: str) -> None:
    """Print the table and what ours is behind in."""
    print(f"\n{title}, held out", *lines(scores), sep="\n")
    for name, rival in scores.items():
        if lost := lost_to(scores[OURS], rival):
            print(f"{OURS} is behind {name} in: {', '.join(lost)}")


def main() -> None:
    """Evaluate on the made-up worlds, and on each GBIF Parquet file that is given."""
    print(describe())
    on_worlds(SmoothingSpec())
    for file in map(Path, sys.argv[1:]):
        on_file(file, SmoothingSpec())


if __name__ == "__main__":
    main()
