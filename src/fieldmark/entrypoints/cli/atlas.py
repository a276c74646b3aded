"""``fieldmark atlas``: build a release, read what one says of itself, compare and publish it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from fieldmark import compose
from fieldmark.atlas.info import release_info
from fieldmark.entrypoints.cli.inputs import Day
from fieldmark.entrypoints.cli.publication import publish, rollback
from fieldmark.entrypoints.cli.release_diff import diff
from fieldmark.errors import ExtraMissing
from fieldmark.settings import Settings

if TYPE_CHECKING:
    from fieldmark.atlas.build import BuildReport

__all__ = ["command"]


@click.group("atlas")
def command() -> None:
    """Build an atlas release, see what it says, compare two, publish one and take it back."""


command.add_command(diff)
command.add_command(publish)
command.add_command(rollback)


@command.command("build")
@click.argument(
    "sources",
    nargs=-1,
    required=True,
    metavar="SOURCE...",
    type=click.Path(path_type=Path, exists=True),
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The release file to write; what stands there is replaced only by a whole one.",
)
@click.option("--name", help="Name of the release; default: the file's name and the month.")
@click.option(
    "--taxa",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with labels.csv and ancestors.csv; default: the model in use.",
)
@click.option("--licence", default="CC0-1.0", show_default=True, help="Licence of the sources.")
@click.option("--built-on", type=Day(), help="The day that the release states; default: today.")
def build(out: Path, built_on: datetime | None, **typed: object) -> None:  # fmt: skip
    """Build a release from its sources, check it, and put it in place."""
    try:
        from fieldmark.atlas.build import BuildSpec, build_atlas  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ExtraMissing("building an atlas needs: pip install 'fieldmark[atlas]'") from error
    day = built_on or datetime.now(UTC).date()
    spec = BuildSpec(
        sources=tuple(typed["sources"]),  # type: ignore[arg-type]  # click has checked it
        taxa=typed["taxa"] or compose.model_path(Settings.from_environment()),  # type: ignore[arg-type]
        out=out,
        name=str(typed["name"] or f"{out.stem}-{day:%Y.%m}"),
        built_on=f"{day:%Y-%m-%d}",
        licence=str(typed["licence"]),
    )
    _show_report(build_atlas(spec, _progress if sys.stderr.isatty() else lambda *_: None))


@command.command("info")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def info(file: Path, *, as_json: bool) -> None:
    """Say what a release says of itself and how much it holds."""
    found = release_info(file)
    release = found.release
    facts: dict[str, object] = {
        "name": release.name,
        "built_on": release.built_on,
        "licence": release.licence,
        "sources": list(release.sources),
        "starter": release.starter,
        "resolution": release.resolution,
        "expected_from": release.expected_from,
        "taxa": found.taxa,
        "cells": {str(resolution): count for resolution, count in found.cells.items()},
        "records": found.records,
        "median_record_bytes": found.median_record_bytes,
        "list_lengths": [found.shortest_list, found.median_list, found.longest_list],
        "size_bytes": found.size_bytes,
    }
    if as_json:
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' '):20} {_plain(value)}")


@command.command("report")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page to write; default: the file's name with .html.",
)
def report(file: Path, out: Path | None) -> None:
    """Write a page that shows a release: sources, rejections, maps, lists and the year."""
    try:
        from fieldmark.atlas.report import report_page  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ExtraMissing("drawing a report needs: pip install 'fieldmark[atlas]'") from error
    page = out or file.with_suffix(".html")
    page.write_text(report_page(file), encoding="utf-8")
    click.echo(f"{file} → {page}")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count:,} at resolution {level}" for level, count in value.items())
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return f"{value:,}" if type(value) is int else str(value)


def _progress(step: str, number: int, of: int) -> None:
    click.echo(f"fieldmark: {number}/{of} {step}", err=True)


def _show_report(report: "BuildReport") -> None:
    click.echo(
        f"{report.name}: {report.taxa:,} taxa in {report.cells:,} cells, "
        f"{report.records:,} distinct records, {report.size_bytes:,} bytes, "
        f"{sum(report.seconds.values()):.1f} s → {report.out}"
    )
