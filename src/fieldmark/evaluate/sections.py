"""Sections: the report in words and tables, the same for the terminal and the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.evaluate.methods import METHODS
from fieldmark.evaluate.report import NoClass, Paired, Report, Share, Tuning

__all__ = ["Section", "sections"]

_INAT = "iNaturalist's arithmetic"


@dataclass(frozen=True, slots=True)
class Section:
    """A title, sentences, one table and what to paste; ``plotted`` where a plot belongs."""

    title: str
    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    code: str = ""
    plotted: bool = False


def sections(report: Report) -> list[Section]:
    """Return the whole report in reading order; what does not occur is left out."""
    found = [
        _overview(report),
        _accuracy(report),
        _changes(report),
        _answers(report),
        _calibration(report),
        _bins(report),
        _regions(report),
        _no_class(report),
        _failures(report),
    ]
    if report.tuning is not None:
        found += [_tuning(report.tuning), _held_out(report.tuning)]
    return [section for section in found if section is not None]


def _overview(report: Report) -> Section:
    numbers = ", ".join(f"{name} {value:g}" for name, value in report.fusion.items())
    limits = ", ".join(f"{name} {value:g}" for name, value in report.thresholds.items())
    photos = (
        f"{report.photos} photos, {report.judged} judged: {report.with_area} with an area "
        f"({report.atlas or 'no atlas'}), {report.with_class} of animals that the model has "
        "a class for."
    )
    return Section(
        "Photos",
        (
            photos,
            f"Model {report.model}: {numbers}; {limits}.",
            *report.notes,
        ),
    )


def _accuracy(report: Report) -> Section:
    cells = {(a.level, a.top, a.method): a.share for a in report.accuracy}
    kinds = list(dict.fromkeys((a.level, a.top) for a in report.accuracy))
    rows = [
        (
            f"{level}, top {top}",
            str(cells[level, top, METHODS[0]].count),
            *(_share(cells[level, top, method]) for method in METHODS),
        )
        for level, top in kinds
    ]
    line = (
        "How often the truth is among the first, of the photos where the model could be right; "
        "95 % intervals (Wilson)."
    )
    return Section("Accuracy", (line,), ("Level", "Photos", *METHODS), rows)


def _changes(report: Report) -> Section:
    rows = [
        (f"{c.kind}, {c.level}", c.photo, c.truth, c.before, c.after, c.region)
        for c in sorted(report.changes, key=lambda c: c.kind, reverse=True)
    ]
    columns = ("Change", "Photo", "Truth", "By looks", "With the area", "Region")
    return Section(
        "Fixed and broken by the area", [_pair(pair) for pair in report.paired], columns, rows
    )


def _pair(pair: Paired) -> str:
    return (
        f"Against {pair.against}, {pair.level}: {pair.fixed} fixed, {pair.broken} broken of "
        f"{pair.count}; {100 * pair.difference:+.1f} points "
        f"({100 * pair.low:+.1f} to {100 * pair.high:+.1f}), p = {pair.p:.2g}."
    )


def _answers(report: Report) -> Section:
    rows = [
        (
            a.method,
            _counted(a.confident),
            _counted(a.single),
            _counted(a.rolled_up),
            str(a.unsure),
            str(a.not_an_animal),
        )
        for a in report.answers
    ]
    line = "Of the answers that say they are safe, how many are right; all photos count."
    columns = ("Method", "Confident", "One animal", "Rolled up", "Unsure", "No animal")
    return Section("Answers", (line,), columns, rows)


def _calibration(report: Report) -> Section:
    rows = [
        (c.method, str(c.photos), f"{c.ece:.3f}", f"{c.brier:.3f}", f"{c.loss:.3f}")
        for c in report.calibration
    ]
    line = (
        "Score against truth of the first animal. Error: expected calibration error; loss: "
        "negative log-likelihood of the truth, in nats. Less is better."
    )
    columns = ("Method", "Photos", "Error", "Brier", "Loss")
    return Section("Calibration", (line,), columns, rows, plotted=True)


def _bins(report: Report) -> Section:
    rows = [
        (
            f"{c.method}, {b.low:.1f} - {b.high:.1f}",
            str(b.count),
            f"{b.score:.2f}",
            _share(b.right),
        )
        for c in report.calibration
        if c.method != _INAT
        for b in c.bins
    ]
    return Section("Reliability", (), ("Scores", "Photos", "Mean score", "Right"), rows)


def _regions(report: Report) -> Section:
    rows = [
        (
            r.name,
            str(r.before.count),
            _share(r.before),
            _share(r.after),
            str(r.fixed),
            str(r.broken),
        )
        for r in report.regions
    ]
    columns = ("Region", "Photos", "Photo only", "Fieldmark", "Fixed", "Broken")
    return Section("Regions, species, top 1", (), columns, rows)


def _no_class(report: Report) -> Section | None:
    if not report.no_class:
        return None
    wrong = [one for one in report.no_class if one.wrong_species]
    related = sum(one.same_genus for one in wrong)
    line = (
        f"{len(report.no_class)} photos of animals that the model has no class for; {len(wrong)} "
        f"got a wrong taxon stated as safe, {related} of them in the right genus."
    )
    rows = [
        (one.photo, one.truth, one.said or "no animal", f"{one.score:.2f}", _verdict(one))
        for one in report.no_class
    ]
    return Section(
        "Animals without a class", (line,), ("Photo", "Truth", "Answer", "Score", ""), rows
    )


def _verdict(one: NoClass) -> str:
    if not one.confident:
        return "not confident"
    return "confident, wrong" if one.wrong_species else "confident"


def _failures(report: Report) -> Section | None:
    if not report.failures:
        return None
    rows = [(failed.photo, failed.reason) for failed in report.failures]
    return Section("Not judged", (), ("Photo", "Reason"), rows)


def _tuning(tuning: Tuning) -> Section:
    rows = [
        (
            one.name,
            f"{one.value:g}",
            "" if one.estimate is None else f"{one.estimate:.3g}",
            _interval(one.low, one.high),
        )
        for one in tuning.fitted
    ]
    how = (
        "A number stays where it rests while the interval of its estimate holds that. The floor is "
        "the least that keeps the winner by looks among the first three in 99 of 100 areas of "
        "other regions."
    )
    lines = (f"Tuned on {tuning.said}.", how, "Paste this into the model's manifest:")
    columns = ("Number", "Value", "Estimate", "95 % interval")
    return Section("Tuning", lines, columns, rows, code=tuning.manifest)


def _held_out(tuning: Tuning) -> Section:
    held = tuning.out_of_fold
    rows = [
        ("top 1, photo only", _share(held.top_1_photo_only)),
        ("top 1, tuned", _share(held.top_1)),
        ("confident and right", _counted(held.confident)),
        ("calibration error", f"{held.ece:.3f}"),
        ("loss, photo only", f"{held.loss_photo_only:.3f}"),
        ("loss, numbers in use", f"{held.loss_in_use:.3f}"),
        ("loss, tuned", f"{held.loss:.3f}"),
        (
            "gain over the numbers in use",
            f"{held.gain:.3f} {_interval(held.gain_low, held.gain_high)}",
        ),
    ]
    how = (
        f"{held.folds} folds: each of the {held.photos} photos is judged by numbers that were "
        "tuned without any photo of its taxon. These are few photos."
    )
    changed = (
        f"Fixed: {', '.join(held.fixed) or 'none'}. Broken: {', '.join(held.broken) or 'none'}."
    )
    lines = (how, changed)
    return Section("Tuning, out of fold", lines, ("Figure", "Value"), rows)


def _share(share: Share) -> str:
    if share.share is None:
        return "-"
    return f"{100 * share.share:.0f} % ({100 * share.low:.0f} - {100 * share.high:.0f})"


def _counted(share: Share) -> str:
    if not share.count:
        return "0"
    return f"{share.right} of {share.count} ({100 * share.low:.0f} - {100 * share.high:.0f} %)"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"({low:.3g} to {high:.3g})"
