"""Cross-validation: every photo judged by numbers that were tuned without its kind."""

import random
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from fieldmark.evaluate.looks import Case

__all__ = ["FOLDS", "folds_of", "held_out"]

_T = TypeVar("_T")

FOLDS: Final = 20
"""Up to so many taxa, each is left out in turn; of more, they share folds."""
_SEED: Final = 20261123


def held_out(
    cases: Sequence[Case], fit: Callable[[Sequence[Case]], _T], folds: int = FOLDS
) -> list[tuple[Case, _T]]:
    """Return each photo, in order, with what was fitted on the folds that it is not in."""
    chosen = folds_of(cases, folds)
    fitted: dict[int, _T] = {}
    for fold in sorted(set(chosen)):
        rest = [case for case, own in zip(cases, chosen, strict=True) if own != fold]
        fitted[fold] = fit(rest)
    return [(case, fitted[own]) for case, own in zip(cases, chosen, strict=True)]


def folds_of(cases: Sequence[Case], folds: int) -> list[int]:
    """Return the fold of each photo; photos of one taxon always share a fold.

    The order of the taxa is shuffled by a fixed seed, so that a run can be repeated.
    """
    names = sorted({case.truth.name for case in cases})
    random.Random(_SEED).shuffle(names)  # noqa: S311  # chance, not secrecy
    home = {name: k % min(folds, len(names)) for k, name in enumerate(names)}
    return [home[case.truth.name] for case in cases]
