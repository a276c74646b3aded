"""``fieldmark atlas publish`` and ``rollback``: which release a database serves."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark import compose
from fieldmark.entrypoints.cli.progress import measured
from fieldmark.errors import ExtraMissing
from fieldmark.settings import DatabaseUrl, S3Place, Settings

if TYPE_CHECKING:
    from fieldmark.atlas.database.publication import Database, Published

__all__ = ["publish", "rollback"]


class _Address(click.ParamType[DatabaseUrl]):
    name = "url"

    def convert(
        self, value: str | DatabaseUrl, param: click.Parameter | None, ctx: click.Context | None
    ) -> DatabaseUrl:
        if isinstance(value, DatabaseUrl):
            return value
        try:
            return DatabaseUrl.parse(value)
        except ValueError as error:  # the text may hold a password: the error does not
            self.fail(str(error), param, ctx)


_to = click.option(
    "--to",
    type=_Address(),
    metavar="URL",
    help="postgresql://user@host:port/database; default: FIELDMARK_ATLAS, where that is one.",
)


class _Release(click.ParamType[Path | S3Place]):
    name = "file"
    _file = click.Path(path_type=Path, exists=True, dir_okay=False)

    def convert(
        self, value: str | Path | S3Place, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | S3Place:
        if not isinstance(value, str):
            return value
        if not value.startswith("s3://"):
            return Path(self._file.convert(value, param, ctx))
        try:
            return S3Place.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("publish")
@click.argument("file", type=_Release(), metavar="FILE|s3://BUCKET/KEY")
@_to
@click.option(
    "--reader",
    metavar="ROLE",
    help="Let this role of the database read releases, and nothing else; made where there is none.",
)
def publish(file: Path | S3Place, to: DatabaseUrl | None, reader: str | None) -> None:
    """Load a release into a database beside the one in use, check it, and put it to use.

    Whatever goes wrong before its end leaves the old release in use. One run at a time.
    """
    database, settings = _database(to)
    from fieldmark.atlas.database.publication import Reader  # noqa: PLC0415  # an extra
    from fieldmark.atlas.database.publication import publish as put  # noqa: PLC0415

    role = None if reader is None else Reader(reader, iam=settings.db_auth == "iam")
    near = compose.release_at(file) if isinstance(file, S3Place) else nullcontext(file)
    with near as path, measured("Families of cells") as progress:
        done = put(path, database, role, progress)
    _show(done, database)


@click.command("rollback")
@_to
def rollback(to: DatabaseUrl | None) -> None:
    """Put the release to use again that was in use before."""
    database, _ = _database(to)
    from fieldmark.atlas.database.publication import roll_back  # noqa: PLC0415  # an extra

    now = roll_back(database)
    click.echo(f"{now.current} is in use again at {database.shown}, {now.previous} no more")


def _database(to: DatabaseUrl | None) -> "tuple[Database, Settings]":
    settings = Settings.from_environment()
    url = settings.atlas if to is None else to
    if not isinstance(url, DatabaseUrl):
        raise click.UsageError("give --to URL, or let FIELDMARK_ATLAS be a database")
    try:
        from fieldmark.atlas.database.publication import Database  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ExtraMissing("publishing needs: pip install 'fieldmark[publish]'") from error
    return (
        Database(
            connect=compose.database_sessions(settings, url),
            store=compose.patient_areas(settings, url),
            announce=compose.announcement(settings),
            shown=str(compose.database_address(settings, url)),
        ),
        settings,
    )


def _show(done: "Published", database: "Database") -> None:
    if done.swept:
        click.echo(f"removed what {done.swept} run(s) left that did not end")
    if done.loaded is not None:
        click.echo(
            f"loaded {done.loaded.families:,} families of cells, {done.loaded.size_bytes:,} bytes"
        )
    if done.was == done.name:
        click.echo(f"{done.name} is in use at {database.shown} already; nothing was changed")
    else:
        before = "" if done.was is None else f"; {done.was} was before, and is kept"
        click.echo(f"{done.name} is in use at {database.shown}{before}")
    for name in done.dropped:
        click.echo(f"dropped {name}")
