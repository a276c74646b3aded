"""Records that somebody wrote into a table: ``taxon, latitude, longitude, date``, and more.

``observer``, ``count``, ``captive``, ``licence`` and ``radius_m`` may stand beside them, in any
order and case; other columns are not read. Commas, semicolons, tabs or bars separate them. Dates
are ISO 8601. A count of 0 says that the animal was looked for and not there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import ibis
from ibis.expr.types import Table

from fieldmark.atlas.sources.columns import date_number, flag, number, surely, text
from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.formats import Sample, sampled
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.staged import StagedTables, name_rows, record_rows
from fieldmark.atlas.sources.staging import TextShape, stage_text
from fieldmark.errors import SourceBroken

__all__ = ["PlainCsv"]

_TABLE: Final = "records"
_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "taxon": ("taxon", "scientific_name", "scientificname", "species"),
    "latitude": ("latitude", "lat", "decimallatitude"),
    "longitude": ("longitude", "lon", "lng", "long", "decimallongitude"),
    "date": ("date", "eventdate", "observed_on"),
}
_OPTIONAL: Final[Mapping[str, Sequence[str]]] = {
    "observer": ("observer", "recordedby"),
    "count": ("count", "individualcount"),
    "captive": ("captive",),
    "licence": ("licence", "license"),
    "radius_m": ("radius_m", "coordinateuncertaintyinmeters"),
}


class PlainCsv:
    """A occurrences.RecordSource: one table of records that names its columns."""

    SIGN: Final = "a table with the columns taxon, latitude, longitude and date"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        return not _missing(sample)

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedTables:
        """See occurrences.RecordSource."""
        sample = sampled(self._path)
        if missing := _missing(sample):
            raise SourceBroken(
                f"{self._path}:1: no column {' or '.join(missing)}; the first line must name "
                f"{', '.join(_NEEDED)}"
            )
        staged = stage_text(
            lambda: open_table(self._path),
            str(self._path),
            TextShape(sample.separator, '"', sample.encoding),
            into / f"{_TABLE}.parquet",
            _kept(sample),
        )
        return StagedTables(
            {_TABLE: [str(staged.path)]},
            staged.unreadable,
            Provenance(self.name, notes=staged.examples),
            self._records,
            _names,
        )

    def _records(self, tables: Mapping[str, Table]) -> Table:
        table = tables[_TABLE]
        columns = {
            "name_key": text(table.taxon),
            "latitude": number(table.latitude, decimal_comma=True),
            "longitude": number(table.longitude, decimal_comma=True),
            "uncertainty_m": number(table.radius_m),
            "date": date_number(table.date),
            "observer": text(table.observer),
            "dataset": ibis.literal(self.name),
            "absent": surely(number(table["count"]) == 0),
            "captive": surely(flag(table.captive)),
            "obscured": ibis.literal(value=False),
            "licence": text(table.licence),
        }
        return record_rows(table, columns)


def _names(tables: Mapping[str, Table]) -> Table:
    table = tables[_TABLE]
    return name_rows(table, {"name_key": text(table.taxon), "scientific_name": text(table.taxon)})


def _kept(sample: Sample) -> dict[str, str]:
    """Return what each column that is read is called in the file, and here."""
    kept = {}
    for name, words in (*_NEEDED.items(), *_OPTIONAL.items()):
        kept[next((word for word in words if word in sample.columns), name)] = name
    return kept


def _missing(sample: Sample) -> Sequence[str]:
    return [name for name, words in _NEEDED.items() if not set(words) & set(sample.columns)]
