"""The report of a tuning: the numbers, how they do on photos they have not seen, what to paste."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from fieldmark.domain.fusion import FusionSpec
from fieldmark.errors import RequestError
from fieldmark.evaluate import metrics, report
from fieldmark.evaluate.crossing import FOLDS, folds_of, held_out
from fieldmark.evaluate.looks import Case, Looks
from fieldmark.evaluate.methods import Method, scores_of
from fieldmark.evaluate.safety import claim_of
from fieldmark.evaluate.summary import Context, share_of
from fieldmark.evaluate.tuning import Estimate, Tuned, loss, tune

__all__ = ["tuning_of"]

_LEAST: Final = 10
_Held = Sequence[tuple[Case, Tuned]]


@dataclass(frozen=True, slots=True)
class _First:
    """The first animal of one photo: its score, whether it is right, and the photo's loss."""

    photo: str
    score: float
    right: bool
    loss: float

    @classmethod
    def of(cls, case: Case, context: Context, method: Method, spec: FusionSpec) -> "_First":
        scores = scores_of(method, case, context.vocabulary, spec)
        first = int(np.argmax(scores))
        right = bool(case.truth.right[0][first])
        return cls(case.photo, float(scores[first]), right, loss(case, scores))


def tuning_of(looks: Looks, context: Context) -> report.Tuning:
    """Return the numbers tuned on all photos, and their results on photos held out.

    Raises:
        RequestError: there are too few photos with a place of animals that the model has a class
            for.
    """
    cases = looks.cases
    known = [case for case in cases if case.truth.has_class]
    placed = sum(case.prior is not None for case in known)
    if placed < _LEAST:
        raise RequestError(
            f"--tune needs at least {_LEAST} photos with a place, of animals that the model has a "
            f"class for; there are {placed}"
        )
    said = (
        f"{len(cases)} photos, {len(known)} of them of animals that the model has a class for, "
        f"{placed} of these with an area of {context.atlas}; "
        f"model {context.model.name} {context.model.version}"
    )
    tuned = _tune(cases, context)
    return report.Tuning(
        photos=len(cases),
        with_class=len(known),
        with_area=placed,
        fitted=_fitted(tuned),
        out_of_fold=_out_of_fold(cases, context),
        said=said,
        manifest=_manifest(tuned, said),
    )


def _tune(cases: Sequence[Case], context: Context) -> Tuned:
    return tune(cases, context.vocabulary, context.thresholds)


def _fitted(tuned: Tuned) -> list[report.Fitted]:
    numbers = asdict(tuned.fusion) | asdict(tuned.thresholds)
    return [_number(name, value, tuned.estimates.get(name)) for name, value in numbers.items()]


def _number(name: str, value: float, estimate: Estimate | None) -> report.Fitted:
    if estimate is None:
        return report.Fitted(name, value, None, None, None)
    interval = estimate.interval
    return report.Fitted(name, value, estimate.value, interval.low, interval.high)


def _out_of_fold(cases: Sequence[Case], context: Context) -> report.OutOfFold:
    """Return how the tuned numbers do, each photo judged by those tuned without its taxon."""
    held = held_out(cases, lambda rest: _tune(rest, context))
    known = [(case, tuned.fusion) for case, tuned in held if case.truth.has_class]
    before = [_First.of(case, context, "photo only", spec) for case, spec in known]
    in_use = [_First.of(case, context, "Fieldmark", context.fusion) for case, _ in known]
    after = [_First.of(case, context, "Fieldmark", spec) for case, spec in known]
    gains = np.array([old.loss - new.loss for old, new in zip(in_use, after, strict=True)])
    gain = metrics.mean_interval(gains)
    pairs = list(zip(before, after, strict=True))
    return report.OutOfFold(
        folds=len(set(folds_of(cases, FOLDS))),
        photos=len(known),
        top_1_photo_only=share_of(one.right for one in before),
        top_1=share_of(one.right for one in after),
        fixed=[new.photo for old, new in pairs if new.right and not old.right],
        broken=[new.photo for old, new in pairs if old.right and not new.right],
        confident=_confident(held, context),
        ece=_calibration_error(after),
        loss_photo_only=_mean_loss(before),
        loss_in_use=_mean_loss(in_use),
        loss=_mean_loss(after),
        gain=float(gains.mean()),
        gain_low=gain.low,
        gain_high=gain.high,
    )


def _confident(held: _Held, context: Context) -> report.Share:
    """Return how many of the answers stated as safe are right, over all photos."""
    claims = [
        claim_of(
            case,
            context.vocabulary,
            scores_of("Fieldmark", case, context.vocabulary, tuned.fusion),
            tuned.thresholds,
        )
        for case, tuned in held
    ]
    return share_of(claim.right for claim in claims if claim.confident)


def _calibration_error(firsts: Sequence[_First]) -> float:
    scores = np.array([one.score for one in firsts])
    right = np.array([one.right for one in firsts], dtype=np.bool_)
    return metrics.calibration_error(metrics.reliability(scores, right))


def _mean_loss(firsts: Sequence[_First]) -> float:
    return math.fsum(one.loss for one in firsts) / len(firsts)


def _manifest(tuned: Tuned, said: str) -> str:
    """Return the two tables to paste into the model's manifest."""
    lines = ["[fusion]", f"# tuned on {said}"]
    lines += [f"{name} = {value:g}" for name, value in asdict(tuned.fusion).items()]
    lines += ["", "[answer]"]
    lines += [f"{name} = {value:g}" for name, value in asdict(tuned.thresholds).items()]
    return "\n".join(lines) + "\n"
