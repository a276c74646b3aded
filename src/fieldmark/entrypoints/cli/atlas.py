"""``fieldmark atlas``: build a release, read what one says of itself, compare and publish it."""

import sys
from pathlib import Path

import click
import msgspec

from fieldmark.atlas.info import release_info
from fieldmark.entrypoints.cli.atlas_build import build
from fieldmark.entrypoints.cli.publication import publish, rollback
from fieldmark.entrypoints.cli.release_diff import diff
from fieldmark.entrypoints.cli.source_table import show_sources
from fieldmark.entrypoints.cli.tables import console
from fieldmark.errors import ExtraMissing

__all__ = ["command"]


@click.group("atlas")
def command() -> None:
    """Build an atlas release, see what it says, compare two, publish one and take it back."""


command.add_command(build)
command.add_command(diff)
command.add_command(publish)
command.add_command(rollback)


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
        "withheld": len(release.withheld),
        "overrides": [str(override) for override in release.overrides],
    }
    if as_json:
        told = facts | {"account": msgspec.to_builtins(found.account)}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' '):20} {_plain(value)}")
    if found.account is not None:
        show_sources(console(), found.account)


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
