"""``fieldmark model``: list, check and pack model bundles."""

from pathlib import Path

import click

from fieldmark import compose
from fieldmark.adapters.bundle_checks import BundleReport, check_bundle
from fieldmark.adapters.bundle_packing import BundleSources, pack_bundle
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.entrypoints.problems import Exit
from fieldmark.settings import Settings

__all__ = ["command"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("model")
def command() -> None:
    """List, check and pack model bundles."""


@command.command("list")
def list_models() -> None:
    """List the bundles in the package and the one in use."""
    in_use = compose.model_path(Settings.from_environment())
    shipped = sorted(path.parent for path in compose.BUNDLES.glob("*/manifest.toml"))
    for path in dict.fromkeys([*shipped, in_use]):
        info = open_bundle(path).manifest.info
        mark = "*" if path == in_use else " "
        where = path.name if path in shipped else path
        click.echo(f"{mark} {where}  {info.name}, version {info.version}")


@command.command("check")
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> int:
    """Check a bundle: files, sha256, labels, shapes, a dry run, speed.

    PATH is a folder, a zip file, or the name of a bundle in the package.
    """
    report = check_bundle(compose.model_path(Settings(model=str(path))))
    _show(report)
    return Exit.OK if report.usable else Exit.SETUP


@command.command("pack")
@click.argument("onnx", type=_FILE)
@click.option("--labels", required=True, type=_FILE, help="labels.csv, one row per output.")
@click.option("--manifest", required=True, type=_FILE, help="manifest.toml without [files].")
@click.option("--ancestors", type=_FILE, help="ancestors.csv; default: the one beside the labels.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The bundle to write: a folder, or a .zip file.",
)
@click.option("--overwrite", is_flag=True, help="Replace a bundle that is there already.")
def pack(
    onnx: Path, labels: Path, manifest: Path, ancestors: Path | None, out: Path, *, overwrite: bool
) -> None:  # fmt: skip
    """Pack a model, its labels and a manifest into one bundle that was seen to work."""
    _show(pack_bundle(BundleSources(onnx, labels, manifest, ancestors), out, overwrite=overwrite))


def _show(report: BundleReport) -> None:
    click.echo(f"{report.where}: {'usable' if report.usable else 'NOT usable'}")
    for problem in report.problems:
        click.echo(f"  problem: {problem}")
    for warning in report.warnings:
        click.echo(f"  warning: {warning}")
    facts = {
        "labels": f"{report.labels:,}, {report.animals:,} of animals, {report.taxa:,} taxa",
        "size": f"{report.size_bytes:,} bytes",
        "load": "" if report.load_ms is None else f"{report.load_ms:.0f} ms",
        "photo": "" if report.photo_ms is None else f"{report.photo_ms:.1f} ms, one thread",
    }
    if (manifest := report.manifest) is not None:
        facts["model"] = f"{manifest.info.name} version {manifest.info.version}"
        facts["licence"] = manifest.licence
        facts["views"] = ", ".join(manifest.views.views)
    for name, fact in facts.items():
        if fact:
            click.echo(f"  {name:8} {fact}")
