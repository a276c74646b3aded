"""``fieldmark identify``: name the animals in photos."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import click

from fieldmark import compose
from fieldmark.domain.answer import Answer
from fieldmark.domain.names import ENGLISH
from fieldmark.domain.naming import answer_in
from fieldmark.domain.position import Position
from fieldmark.entrypoints.cli.batch import Asking, Outcome, identified
from fieldmark.entrypoints.cli.inputs import (
    Day,
    LatLon,
    PhotoFile,
    gather,
    read_manifest,
    with_defaults,
)
from fieldmark.entrypoints.cli.output import ResultFile, json_line
from fieldmark.entrypoints.cli.progress import progress
from fieldmark.entrypoints.problems import Exit
from fieldmark.ports import Identifier, Question, StoredPhoto, UseArea
from fieldmark.settings import Settings

__all__ = ["command"]

_MANY = 12


@dataclass(frozen=True, slots=True)
class _Options:
    """The command line, checked."""

    photos: Sequence[str]
    at: Position | None
    on: date | None
    top: int
    ignore_area: bool
    manifest: Path | None
    out: Path | None
    resume: bool
    as_json: bool
    workers: int | None


@click.command("identify")
@click.argument("photos", nargs=-1, metavar="PHOTO|FOLDER...")
@click.option("--at", type=LatLon(), help="Where the photos were taken, in decimal degrees.")
@click.option("--radius", type=click.FloatRange(0, 1e6), help="How sure --at is, in metres.")
@click.option("--on", type=Day(), help="The day on which they were taken.")
@click.option("--top", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--ignore-area", is_flag=True, help="Look at the photo alone.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV: photo,latitude,longitude,taken_on; paths relative to it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write results to this .jsonl or .csv file.",
)
@click.option("--resume", is_flag=True, help="Go on with what --out already holds.")
@click.option("--json", "as_json", is_flag=True, help="One answer per line on stdout.")
@click.option("--workers", type=click.IntRange(1, 256), help="Photos at once; default: cores.")
@click.option("--lang", default="en", metavar="CODE", help="Language of common names.")
def command(radius: float | None, lang: str, **typed: object) -> int:  # fmt: skip
    """Name the animals in photos, with the evidence for each.

    Place and date come from the photo; say them with --at, --on or --manifest if you know better.
    """
    options = _Options(**typed)  # type: ignore[arg-type]  # click has checked them
    if radius is not None:
        if options.at is None:
            raise click.UsageError("--radius says how sure --at is; give --at too")
        options = replace(options, at=replace(options.at, radius_m=radius))
    if options.resume and options.out is None:
        raise click.UsageError("--resume goes on with a file; name it with --out")
    return _run(options, lang)


def _run(options: _Options, lang: str) -> int:
    settings = Settings.from_environment()
    names = _names(settings, lang)
    files = _files(options)
    with closing(compose.identifier(settings)) as identifier:
        if options.out is None:
            return _identify(options, settings, _Speaking(identifier, names), files, None)
        # Opened last: where something is missing, nothing is written.
        with closing(ResultFile(options.out, resume=options.resume)) as results:
            return _identify(options, settings, _Speaking(identifier, names), files, results)


def _names(settings: Settings, lang: str) -> Mapping[int, str]:
    """Return the common names in a language; says so where there are none."""
    if lang == ENGLISH:
        return {}
    names = compose.names(settings).of(lang)
    if not names:
        click.echo(f"fieldmark: the model brings no common names in {lang!r}", err=True)
    return names


class _Speaking:
    """A ports.Identifier whose answers have their common names in another language."""

    def __init__(self, identifier: Identifier, names: Mapping[int, str]) -> None:
        self._identifier = identifier
        self._names = names

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        return answer_in(self._identifier.identify(photo, question), self._names)

    def close(self) -> None:
        """See ports.Identifier."""
        self._identifier.close()


def _identify(
    options: _Options,
    settings: Settings,
    identifier: Identifier,
    files: Sequence[PhotoFile],
    results: ResultFile | None,
) -> int:
    failed = 0
    if results is not None:
        failed = results.failed_before
        files = [file for file in files if file.name not in results.finished]
    use_area: UseArea = "off" if options.ignore_area else "auto"
    asking = Asking(options.top, use_area, settings.max_photo_bytes)
    workers = min(options.workers or settings.concurrency, max(1, len(files)))
    show = _printer(options, len(files))
    with progress(len(files), shown=bool(results or options.as_json)) as step:
        for outcome in identified(identifier, files, asking, workers):
            failed += outcome.error is not None
            if results is not None:
                results.write(outcome)
            show(outcome)
            step()
    if results is not None:
        before = f", {len(results.finished)} before" if results.finished else ""
        click.echo(f"fieldmark: {len(files)} photos{before}, {failed} failed", err=True)
    return Exit.SOME_FAILED if failed else Exit.OK


def _files(options: _Options) -> Sequence[PhotoFile]:
    if options.manifest is None and not options.photos:
        raise click.UsageError("name photos or folders, or a --manifest that lists them")
    listed = read_manifest(options.manifest) if options.manifest else []
    if options.photos:
        told = {file.path.resolve(): file for file in listed}
        listed = [
            replace(file, at=known.at, on=known.on)
            if (known := told.get(file.path.resolve()))
            else file
            for file in gather(options.photos)
        ]
    if not listed:
        raise click.UsageError("there is no photo in what was named")
    return with_defaults(listed, options.at, options.on)


class _Printer(Protocol):
    def __call__(self, outcome: Outcome) -> None: ...


def _printer(options: _Options, count: int) -> _Printer:
    """Return what prints an outcome: JSON, a table, or a line each for many."""
    if options.as_json:
        return _print_json
    if options.out:
        return _print_failure
    from fieldmark.entrypoints.cli import tables  # noqa: PLC0415  # rich is for people only

    out = tables.console()
    if count > _MANY:
        return lambda outcome: tables.show_outcome_line(out, outcome)
    told: set[str] = set()
    return lambda outcome: tables.show_outcome(out, outcome, told)


def _print_json(outcome: Outcome) -> None:
    sys.stdout.write(json_line(outcome))
    sys.stdout.flush()


def _print_failure(outcome: Outcome) -> None:
    if outcome.error is not None:
        click.echo(f"fieldmark: {outcome.photo}: {outcome.error}", err=True)
