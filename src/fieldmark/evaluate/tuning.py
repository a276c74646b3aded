"""Tuning: temperature first, then the weights of the fusion, then where an answer is safe."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Thresholds
from fieldmark.domain.fusion import FusionSpec, posterior
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate.floor import least_floor
from fieldmark.evaluate.looks import Case
from fieldmark.evaluate.metrics import Interval
from fieldmark.evaluate.minimise import minimum, spread
from fieldmark.evaluate.safety import safe_thresholds

__all__ = ["FUSION", "TEMPERATURE", "Estimate", "Knob", "Tuned", "loss", "tune"]

_TINY: Final = 1e-12
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Knob:
    """One number to tune: where it rests while the photos say nothing, and how firmly.

    The photos must outvote a log-normal prior whose median is ``rest`` and whose standard
    deviation, on the natural logarithm, is ``slack``.
    """

    name: str
    rest: float
    slack: float
    most: float = math.inf


TEMPERATURE: Final = (Knob("temperature", 1.0, math.log(1.5)),)
FUSION: Final = (
    Knob("a", 1.0, math.log(1.5)),
    Knob("b", 1.0, math.log(1.5)),
    Knob("neutral", 0.5, math.log(1.5), most=1.0),
)
_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where the photos would put a number, and its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Tuned:
    """The outcome: what to put into the manifest, and what the photos say of each number."""

    fusion: FusionSpec
    thresholds: Thresholds
    estimates: Mapping[str, Estimate]


def tune(cases: Sequence[Case], vocabulary: Vocabulary, start: Thresholds) -> Tuned:
    """Return the numbers that suit the photos; one that they do not determine stays at rest.

    Temperature minimises the loss of the photo alone (Guo et al. 2017, section 4.2). Then, twice in
    turn, a, b and neutral minimise that of the fused scores on photos with an area, and the floor
    is set to the least that buries no stray. Photos whose animal the model has no class for count
    for neither loss. The thresholds are then set on all photos.
    """
    known = [case for case in cases if case.truth.has_class]
    spec, estimates = _fit(
        TEMPERATURE, FusionSpec(), lambda tried: photo_losses(known, vocabulary, tried)
    )
    seen = _weighed(known, vocabulary, spec)
    for _ in range(_ROUNDS):
        spec, more = _fit(FUSION, spec, lambda tried: [one.loss(tried) for one in seen])
        spec = replace(spec, floor=least_floor(cases, vocabulary, spec))
    return Tuned(spec, safe_thresholds(cases, vocabulary, spec, start), estimates | more)


def loss(case: Case, scores: NDArray[np.float64]) -> float:
    """Return the negative log-likelihood of what the photo shows, in nats."""
    return -math.log(float(scores[case.truth.right[0]].sum()) + _TINY)


def photo_losses(cases: Sequence[Case], vocabulary: Vocabulary, spec: FusionSpec) -> list[float]:
    """Return the loss of each photo alone."""
    return [loss(case, case.image(vocabulary, spec.temperature)) for case in cases]


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """One photo with an area, at a temperature that stays."""

    image: NDArray[np.float64]
    prior: NDArray[np.float64]
    right: NDArray[np.bool_]

    def loss(self, spec: FusionSpec) -> float:
        total = posterior(self.image, self.prior, spec)
        return -math.log(float(total[self.right].sum()) + _TINY)


def _weighed(cases: Sequence[Case], vocabulary: Vocabulary, spec: FusionSpec) -> list[_Weighed]:
    return [
        _Weighed(case.image(vocabulary, spec.temperature), case.prior, case.truth.right[0])
        for case in cases
        if case.prior is not None
    ]


def _fit(
    knobs: Sequence[Knob], spec: FusionSpec, losses: Callable[[FusionSpec], list[float]]
) -> tuple[FusionSpec, dict[str, Estimate]]:
    """Return the spec with those numbers tuned, and the mode of their posterior.

    The search runs over the natural logarithms, in units of each knob's slack.
    """

    def spec_at(point: NDArray[np.float64]) -> FusionSpec:
        return replace(spec, **{k.name: _value(k, x) for k, x in zip(knobs, point, strict=True)})

    def terms(point: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array(losses(spec_at(point)))

    def objective(point: NDArray[np.float64]) -> float:
        return float(terms(point).sum() + 0.5 * point @ point)

    best = minimum(objective, np.zeros(len(knobs)))
    width = _Z95 * spread(terms, best)
    estimates = {
        knob.name: Estimate(_value(knob, x), Interval(_value(knob, x - w), _value(knob, x + w)))
        for knob, x, w in zip(knobs, best, width, strict=True)
    }
    tuned = {knob.name: _determined(knob, estimates[knob.name]) for knob in knobs}
    return replace(spec, **tuned), estimates


def _determined(knob: Knob, estimate: Estimate) -> float:
    """Return the estimate to three digits, or where the number rests if that may be as true."""
    if estimate.interval.low <= knob.rest <= estimate.interval.high:
        return knob.rest
    return float(f"{estimate.value:.3g}")


def _value(knob: Knob, units: float) -> float:
    """Return the number that many slacks from where it rests; an endless way off stays finite."""
    return min(knob.most, knob.rest * math.exp(min(50.0, max(-50.0, knob.slack * units))))
