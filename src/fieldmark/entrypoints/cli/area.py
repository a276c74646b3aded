"""``fieldmark area``: what lives here."""

import sys
from contextlib import closing

import click

from fieldmark import compose
from fieldmark.domain.names import ENGLISH
from fieldmark.domain.position import Position
from fieldmark.entrypoints.area_table import write_area
from fieldmark.entrypoints.cli.inputs import LatLon
from fieldmark.lookup import animals_of
from fieldmark.settings import Settings
from fieldmark.wire import area_out, encode

__all__ = ["command"]


# A position in the south begins with a minus; it is an argument, not an option.
@click.command("area", context_settings={"ignore_unknown_options": True})
@click.argument("position", type=LatLon(), metavar="LAT,LON")
@click.option("--month", type=click.IntRange(1, 12), help="Of this month; default: the whole year.")
@click.option("--lang", default=ENGLISH, metavar="CODE", help="Language of common names.")
@click.option("--json", "form", flag_value="json", help="One line of JSON.")
@click.option("--csv", "form", flag_value="csv", help="One line of CSV per animal.")
def command(position: Position, month: int | None, lang: str, form: str | None) -> None:
    """List the animals that live at a place, the most regular first."""
    settings = Settings.from_environment()
    names = compose.names(settings).of(lang) if lang != ENGLISH else {}
    with closing(compose.area_store(settings)) as store:
        area = animals_of(store, position, month).named(names)
    if form == "json":
        sys.stdout.write(encode(area_out(area)) + "\n")
    elif form == "csv":
        write_area(area, sys.stdout)
    else:
        from fieldmark.entrypoints.cli import tables  # noqa: PLC0415  # rich is for people only

        tables.show_area(tables.console(), area)
