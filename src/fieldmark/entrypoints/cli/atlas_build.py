"""``fieldmark atlas build``: sources to a checked release file."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fieldmark import compose
from fieldmark.entrypoints.cli.inputs import Day
from fieldmark.entrypoints.cli.source_table import show_sources
from fieldmark.entrypoints.cli.tables import console
from fieldmark.errors import ExtraMissing
from fieldmark.settings import Settings

if TYPE_CHECKING:
    from fieldmark.atlas.athena_build import NextStep
    from fieldmark.atlas.build import BuildReport, BuildSpec, SourceSpec
    from fieldmark.atlas.records.licences import Licence

__all__ = ["build"]

_ATHENA: Final = "athena"
_EVERY_SPECIES: Final = "inaturalist"
_MB: Final = 1 << 20
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


class _Years(click.ParamType[tuple[int, int]]):
    name = "years"

    def convert(
        self,
        value: str | tuple[int, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{4})-(\d{4})", value)
        if found is None or found[1] > found[2]:
            self.fail(f"{value!r} is no span of years such as 1990-2026", param, ctx)
        return int(found[1]), int(found[2])


class _Weight(click.ParamType[tuple[str, float]]):
    name = "source=weight"

    def convert(
        self,
        value: str | tuple[str, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        source, _, text = value.rpartition("=")
        try:
            weight = float(text)
        except ValueError:
            weight = 0.0
        if not source or not 0.001 <= weight <= 1000:
            self.fail(f"{value!r}: write SOURCE=WEIGHT, a weight from 0.001 to 1000", param, ctx)
        return source, weight


@click.command("build")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The release file to write; what stands there is replaced only by a whole one.",
)
@click.option("--name", help="Name of the release; default: the file's name and the month.")
@click.option(
    "--taxa",
    multiple=True,
    metavar="FOLDER",
    help="Folder with labels.csv and ancestors.csv, of several models if repeated; "
    f"'{_EVERY_SPECIES}' for every species that the sources name. Default: the "
    "model in use.",
)
@click.option(
    "--as", "as_", metavar="FORMAT", help="What the sources are, if it is not recognised."
)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    type=_Weight(),
    metavar="SOURCE=WEIGHT",
    help="What a visit of that source is worth beside those of the others.",
)
@click.option(
    "--resolution",
    type=click.IntRange(1, 6),
    help="H3 resolution of the cells. Default: 4 for records, 3 for ranges.",
)
@click.option("--years", type=_Years(), metavar="FIRST-LAST", help="Which years count.")
@click.option(
    "--licences",
    metavar="LIST",
    help="Which licences of records are taken, as cc0,by,by-nc,unstated,other; default: all but "
    "no-derivatives and other ones, which are unknown or reserve all rights.",
)
@click.option("--licence", help="Licence of the release; default: the strictest of what was used.")
@click.option("--synonyms", multiple=True, type=_file, help="More synonyms, a CSV.")
@click.option("--institutions", type=_file, help="More zoos and museums, a CSV.")
@click.option("--sensitive", type=_file, help="Taxa to tell coarsely or not at all, a CSV.")
@click.option("--overrides", type=_file, help="What you know better, by area, a CSV.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark", _ATHENA]),
    default="duckdb",
    show_default=True,
    help="What counts the records. 'athena' counts a snapshot of GBIF's, in three calls of the "
    "same command that say what to do between them: docs/athena.md.",
)
@click.option(
    "--athena-bucket",
    metavar="S3://BUCKET/FOLDER",
    help="A place of your own in S3, empty, for what Athena writes.",
)
@click.option(
    "--athena-folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for Athena's statements and what is fetched, kept between the calls; made if new.",
)
@click.option(
    "--memory-mb",
    type=click.IntRange(256),
    default=1024,
    show_default=True,
    help="What counting may hold in memory.",
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder for what does not fit into memory.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page that shows the release.",
)
@click.option(
    "--despite-doubts",
    is_flag=True,
    help="Publish what looks doubtful, by itself or beside the release at --out, all the same.",
)
@click.option("--built-on", type=Day(), help="The day that the release states; default: today.")
def build(report: Path | None, **typed: Any) -> None:  # noqa: ANN401  # fmt: skip
    """Build a release from its sources, check it, and put it in place.

    A SOURCE is a file, a folder, a glob or an s3:// address of occurrence records, or a file of
    ranges; docs/atlas.md lists the formats.

    With --engine athena the same command is given three times: the first two calls publish nothing,
    and say what to run on Athena and what to fetch before the next.
    """
    try:
        from fieldmark.atlas.athena_build import next_step  # noqa: PLC0415  # an extra
        from fieldmark.atlas.build import build_atlas  # noqa: PLC0415
        from fieldmark.atlas.report import report_page  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing("building an atlas needs: pip install 'fieldmark[atlas]'") from error
    spec = _spec(typed)
    if spec.engine == _ATHENA and (step := next_step(spec)) is not None:
        _show_step(step)
        return
    built = build_atlas(spec, _progress if sys.stderr.isatty() else lambda *_: None)
    _show(built)
    if report is not None:
        report.write_text(report_page(built.out), encoding="utf-8")
        click.echo(f"report → {report}")


def _spec(typed: dict[str, Any]) -> "BuildSpec":
    from fieldmark.atlas.build import BuildSpec  # noqa: PLC0415

    day = typed["built_on"] or datetime.now(UTC).date()
    if typed["engine"] != _ATHENA and (typed["athena_bucket"] or typed["athena_folder"]):
        raise click.UsageError("--athena-bucket and --athena-folder go with --engine athena")
    chosen = {"years": typed["years"], "resolution": typed["resolution"] or 0}
    if typed["licences"]:
        chosen["licences"] = _licences(typed["licences"])
    return BuildSpec(
        sources=tuple(_sources(typed["sources"], typed["as_"], dict(typed["weights"]))),
        taxa=_taxa(typed["taxa"]),
        out=typed["out"],
        name=typed["name"] or f"{typed['out'].stem}-{day:%Y.%m}",
        built_on=f"{day:%Y-%m-%d}",
        licence=typed["licence"],
        synonyms=typed["synonyms"],
        institutions=typed["institutions"],
        sensitive=typed["sensitive"],
        overrides=typed["overrides"],
        engine=typed["engine"],
        memory_bytes=typed["memory_mb"] * _MB,
        workspace=typed["workspace"],
        athena_bucket=typed["athena_bucket"],
        athena_folder=typed["athena_folder"],
        doubtful=typed["despite_doubts"],
        **chosen,
    )


def _sources(
    addresses: Sequence[str], as_: str | None, weights: dict[str, float]
) -> list["SourceSpec"]:
    from fieldmark.atlas.build import SourceSpec  # noqa: PLC0415

    unknown = weights.keys() - set(addresses)
    if unknown:
        raise click.UsageError(f"--weight {min(unknown)!r} is none of the sources")
    return [SourceSpec(address, as_, weights.get(address, 1.0)) for address in addresses]


def _taxa(folders: Sequence[str]) -> tuple[Path, ...]:
    if _EVERY_SPECIES in folders:
        if len(folders) > 1:
            raise click.UsageError(f"--taxa {_EVERY_SPECIES} already takes every species")
        return ()
    if not folders:
        return (Path(compose.model_path(Settings.from_environment())),)
    return tuple(Path(folder) for folder in folders)


def _licences(text: str) -> "frozenset[Licence]":
    from fieldmark.atlas.records.licences import Licence, read_licence  # noqa: PLC0415  # an extra

    named = {"none": Licence.UNSTATED, "unstated": Licence.UNSTATED, "other": Licence.OTHER}
    words = [word.strip().lower() for word in text.split(",")]
    read = [named[word] if word in named else
            read_licence(word if word.startswith(("cc", "public")) else f"cc-{word}")
            for word in words]  # fmt: skip
    for word, licence in zip(words, read, strict=True):
        if licence is Licence.OTHER and word not in named:
            raise click.BadParameter(
                f"{word!r} is no licence such as cc0, by, by-nc, by-sa, unstated, other",
                param_hint="--licences",
            )
    return frozenset(read)


def _progress(step: str, number: int, of: int) -> None:
    click.echo(f"fieldmark: {number}/{of} {step}", err=True)


def _show_step(step: "NextStep") -> None:
    lines = "".join(f"  {command}\n" for command in step.commands)
    click.echo(
        f"Nothing is published yet. {step.written} asks Athena for {step.gives}. Next, run it and "
        f"fetch what it gives:\n{lines}Then give this command again.",
    )


def _show(built: "BuildReport") -> None:
    show_sources(console(), built.account)
    click.echo(
        f"{built.name}: {built.taxa:,} taxa in {built.cells:,} cells, {built.records:,} distinct "
        f"records, {built.size_bytes:,} bytes, {built.licence}, "
        f"{sum(built.seconds.values()):.1f} s → {built.out}"
    )
