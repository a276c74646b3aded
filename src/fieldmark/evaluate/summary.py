"""The summary: looks → report."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import ModelInfo, Thresholds
from fieldmark.domain.fusion import FusionSpec
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.evaluate import metrics, report
from fieldmark.evaluate.looks import Case, Looks
from fieldmark.evaluate.methods import METHODS, Method, scores_of
from fieldmark.evaluate.safety import Claim, claim_of
from fieldmark.evaluate.truth import LEVELS, Level
from fieldmark.evaluate.tuning import loss

__all__ = ["Context", "report_of", "share_of"]

_TOPS: Final = (1, 3, 5)
_BASE: Final[Method] = "photo only"
_OURS: Final[Method] = "Fieldmark"
_FEW: Final = 200
_GRID: Final = (
    "The pseudo-count grid of Mac Aodha et al. 2019 is not compared: it needs numbers of records, "
    "and applies only to an atlas that was built from records."
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the photos were looked at with."""

    model: ModelInfo
    vocabulary: Vocabulary
    fusion: FusionSpec
    thresholds: Thresholds
    atlas: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """All methods' scores of all photos: ``scores`` ``[N, K]`` each, ``orders`` best first."""

    cases: Sequence[Case]
    scores: dict[Method, NDArray[np.float64]]
    orders: dict[Method, NDArray[np.intp]]

    @classmethod
    def of(cls, cases: Sequence[Case], context: Context) -> "_Judged":
        scores = {
            method: np.array(
                [scores_of(method, case, context.vocabulary, context.fusion) for case in cases]
            ).reshape(len(cases), len(context.vocabulary.taxa))
            for method in METHODS
        }
        orders = {
            method: np.argsort(-values, axis=1, kind="stable") for method, values in scores.items()
        }
        return cls(cases, scores, orders)

    def right(self, method: Method, level: int, top: int = 1) -> NDArray[np.bool_]:
        """Return ``[N]``, whether one of the first ``top`` is right."""
        pairs = zip(self.cases, self.orders[method], strict=True)
        return np.array([c.truth.right[level][o[:top]].any() for c, o in pairs], dtype=np.bool_)

    def possible(self, level: int) -> NDArray[np.bool_]:
        """Return ``[N]``, whether the model has any taxon that would be right."""
        return np.array([case.truth.right[level].any() for case in self.cases], dtype=np.bool_)


def report_of(looks: Looks, context: Context) -> report.Report:
    """Return the accuracy with and without the area, by every method, and the reasons."""
    cases = looks.cases
    judged = _Judged.of(cases, context)
    claims = {method: _claims(judged, method, context) for method in (_BASE, _OURS)}
    return report.Report(
        model=f"{context.model.name} {context.model.version}",
        atlas=context.atlas,
        photos=len(cases) + len(looks.failures),
        judged=len(cases),
        with_area=sum(case.prior is not None for case in cases),
        with_class=sum(case.truth.has_class for case in cases),
        fusion=asdict(context.fusion),
        thresholds=asdict(context.thresholds),
        accuracy=_accuracy(judged),
        changes=_changes(judged, context.vocabulary),
        paired=_paired(judged),
        answers=[_answers(method, claims[method]) for method in (_BASE, _OURS)],
        calibration=[_calibration(judged, method) for method in METHODS],
        regions=_regions(judged),
        no_class=_no_class(judged, claims[_OURS]),
        lines=_lines(judged, claims[_OURS], context.vocabulary),
        failures=[report.Failed(f.photo, str(f.error)) for f in looks.failures],
        notes=_notes(len(cases)),
    )


def share_of(right: Iterable[bool | np.bool_]) -> report.Share:
    """Return how many are right, with the interval."""
    flags = [bool(flag) for flag in right]
    return _share(sum(flags), len(flags))


def _share(right: int, count: int) -> report.Share:
    interval = metrics.wilson(right, count)
    share = right / count if count else None
    return report.Share(right, count, share, interval.low, interval.high)


def _accuracy(judged: _Judged) -> list[report.Accuracy]:
    return [
        report.Accuracy(
            name, top, method, share_of(judged.right(method, level, top)[judged.possible(level)])
        )
        for level, name in enumerate(LEVELS)
        for top in _TOPS
        for method in METHODS
    ]


def _changes(judged: _Judged, vocabulary: Vocabulary) -> list[report.Change]:
    found = []
    for level, name in enumerate(LEVELS):
        before, after = judged.right(_BASE, level), judged.right(_OURS, level)
        for k in np.flatnonzero(before != after).tolist():
            case = judged.cases[k]
            found.append(
                report.Change(
                    kind="fixed" if after[k] else "broken",
                    level=name,
                    photo=case.photo,
                    truth=case.truth.name,
                    region=case.region,
                    before=vocabulary.taxa[judged.orders[_BASE][k][0]].scientific_name,
                    after=vocabulary.taxa[judged.orders[_OURS][k][0]].scientific_name,
                )
            )
    return found


def _paired(judged: _Judged) -> list[report.Paired]:
    return [
        _pair(judged, against, level, name)
        for against in METHODS
        if against != _OURS
        for level, name in enumerate(LEVELS)
    ]


def _pair(judged: _Judged, against: Method, level: int, name: Level) -> report.Paired:
    possible = judged.possible(level)
    before, after = judged.right(against, level)[possible], judged.right(_OURS, level)[possible]
    fixed, broken = int((after & ~before).sum()), int((before & ~after).sum())
    count = int(possible.sum())
    interval = metrics.paired_difference(fixed, broken, count)
    return report.Paired(
        against=against,
        level=name,
        fixed=fixed,
        broken=broken,
        count=count,
        difference=(fixed - broken) / count if count else 0.0,
        low=interval.low,
        high=interval.high,
        p=metrics.mcnemar(fixed, broken),
    )


def _claims(judged: _Judged, method: Method, context: Context) -> list[Claim]:
    return [
        claim_of(case, context.vocabulary, scores, context.thresholds)
        for case, scores in zip(judged.cases, judged.scores[method], strict=True)
    ]


def _answers(method: Method, claims: Sequence[Claim]) -> report.Answers:
    confident = [claim for claim in claims if claim.confident]
    groups = [claim.best is not None and claim.best.rolled_up for claim in confident]
    return report.Answers(
        method=method,
        confident=share_of(claim.right for claim in confident),
        single=share_of(c.right for c, group in zip(confident, groups, strict=True) if not group),
        rolled_up=share_of(c.right for c, group in zip(confident, groups, strict=True) if group),
        unsure=sum(claim.best is not None and not claim.best.confident for claim in claims),
        not_an_animal=sum(claim.best is None for claim in claims),
    )


def _calibration(judged: _Judged, method: Method) -> report.Calibration:
    known = judged.possible(0)
    scores = judged.scores[method].max(axis=1, initial=0.0)[known]
    right = judged.right(method, 0)[known]
    bins = metrics.reliability(scores, right)
    pairs = zip(judged.cases, judged.scores[method], strict=True)
    losses = [loss(case, scores) for case, scores in pairs if case.truth.has_class]
    return report.Calibration(
        method=method,
        photos=len(losses),
        ece=metrics.calibration_error(bins),
        brier=metrics.brier(scores, right),
        loss=float(np.mean(losses)) if losses else 0.0,
        bins=[
            report.CalibrationBin(b.low, b.high, b.count, b.score, _share(b.right, b.count))
            for b in bins
        ],
    )


def _regions(judged: _Judged) -> list[report.Region]:
    before, after = judged.right(_BASE, 0), judged.right(_OURS, 0)
    names = np.array([case.region for case in judged.cases])
    found = []
    for name in sorted(set(names[judged.possible(0)].tolist())):
        here = (names == name) & judged.possible(0)
        found.append(
            report.Region(
                name=name,
                before=share_of(before[here]),
                after=share_of(after[here]),
                fixed=int((after & ~before)[here].sum()),
                broken=int((before & ~after)[here].sum()),
            )
        )
    return found


def _no_class(judged: _Judged, claims: Sequence[Claim]) -> list[report.NoClass]:
    return [
        _unclassed(case, claim, same_genus=bool(genus))
        for case, claim, genus in zip(judged.cases, claims, judged.right(_OURS, 1), strict=True)
        if not case.truth.has_class
    ]


def _unclassed(case: Case, claim: Claim, *, same_genus: bool) -> report.NoClass:
    best = claim.best
    single = best is not None and not best.rolled_up
    return report.NoClass(
        photo=case.photo,
        truth=case.truth.name,
        said=best.taxon.scientific_name if best else None,
        score=best.score if best else 0.0,
        confident=claim.confident,
        rolled_up=best is not None and best.rolled_up,
        wrong_species=single and claim.confident and not claim.right,
        same_genus=single and same_genus,
    )


def _lines(
    judged: _Judged, claims: Sequence[Claim], vocabulary: Vocabulary
) -> list[report.PhotoLine]:
    return [_line(judged, k, claim, vocabulary) for k, claim in enumerate(claims)]


def _line(judged: _Judged, k: int, claim: Claim, vocabulary: Vocabulary) -> report.PhotoLine:
    case = judged.cases[k]
    winner, first = int(judged.orders[_BASE][k][0]), int(judged.orders[_OURS][k][0])
    return report.PhotoLine(
        photo=case.photo,
        truth=case.truth.name,
        region=case.region,
        has_class=case.truth.has_class,
        winner=vocabulary.taxa[winner].scientific_name,
        winner_score=float(judged.scores[_BASE][k][winner]),
        winner_rank=int(np.flatnonzero(judged.orders[_OURS][k] == winner)[0]) + 1,
        here=case.here,
        first=vocabulary.taxa[first].scientific_name,
        score=float(judged.scores[_OURS][k][first]),
        best=claim.best.taxon.scientific_name if claim.best else None,
        rolled_up=claim.best is not None and claim.best.rolled_up,
        confident=claim.confident,
        right=claim.right,
    )


def _notes(count: int) -> list[str]:
    few = f"These are few photos ({count}): read the intervals, not the numbers."
    return [few, _GRID] if count < _FEW else [_GRID]
