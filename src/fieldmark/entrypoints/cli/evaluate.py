"""``fieldmark evaluate``: accuracy with and without the area, and tuning."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
import msgspec

from fieldmark import compose
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.entrypoints.cli.batch import read_photo
from fieldmark.entrypoints.cli.progress import progress
from fieldmark.entrypoints.cli.truth_file import read_truth
from fieldmark.entrypoints.problems import Exit
from fieldmark.errors import Unavailable
from fieldmark.evaluate import (
    Case,
    Context,
    Failure,
    Looks,
    Report,
    TruthRow,
    look_at,
    page,
    report_of,
    tuning_of,
)
from fieldmark.settings import Settings

__all__ = ["command"]

_WRITERS = (".html", ".json")


@click.command("evaluate")
@click.argument("truth", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tune", is_flag=True, help="Fit the model's numbers to these photos.")
@click.option(
    "--report",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the report to this .html or .json file.",
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that the photos' names start from; default: the folder of TRUTH.",
)
def command(truth: Path, out: Path | None, photos: Path | None, *, tune: bool) -> int:
    """Measure accuracy on photos of known animals, with and without the area.

    TRUTH is a CSV file: photo,latitude,longitude,taken_on and taxon (scientific name) or label
    (indices; "none" where the model has no class). It may add lineage (groups above the taxon,
    Class>Order>Family) and region.
    """
    if out is not None and out.suffix not in _WRITERS:
        raise click.UsageError(f"--report {out}: the name must end in .html or .json")
    rows = read_truth(truth, photos)
    settings = Settings.from_environment()
    classifier = compose.classifier(settings)
    vocabulary = Vocabulary(classifier.labels)
    looks = _look(rows, settings, vocabulary, classifier.fusion.temperature)
    context = Context(
        classifier.info, vocabulary, classifier.fusion, classifier.thresholds, _atlas(settings)
    )
    report = report_of(looks, context)
    if tune:
        report = msgspec.structs.replace(report, tuning=tuning_of(looks, context))
    if out is not None:
        out.write_text(_text(report, out.suffix), encoding="utf-8")
    _show(report)
    return Exit.SOME_FAILED if report.failures else Exit.OK


def _look(
    rows: Sequence[TruthRow], settings: Settings, vocabulary: Vocabulary, temperature: float
) -> Looks:
    def read(row: TruthRow) -> bytes:
        return read_photo(row.path, settings.max_photo_bytes)

    cases: list[Case] = []
    failures: list[Failure] = []
    with (
        closing(compose.local_identifier(settings)) as identifier,
        progress(len(rows), shown=True) as step,
    ):
        for outcome in look_at(rows, identifier, vocabulary, read, temperature):
            if isinstance(outcome, Case):
                cases.append(outcome)
            else:
                failures.append(outcome)
            step()
    return Looks(tuple(cases), tuple(failures))


def _atlas(settings: Settings) -> str | None:
    """Return the name of the release in use, None where it does not answer."""
    with closing(compose.area_store(settings)) as store:
        try:
            return store.release().name
        except Unavailable:
            return None


def _text(report: Report, suffix: str) -> str:
    if suffix == ".html":
        return page(report)
    return msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"


def _show(report: Report) -> None:
    from fieldmark.entrypoints.cli import evaluation, tables  # noqa: PLC0415  # rich is for people only

    evaluation.show_report(tables.console(), report)
