"""Observations out of iNaturalist: what its site exports, and its API's answers as a table.

The export separates by commas and has ``captive_cultivated`` and ``coordinates_obscured``; the
table of the API has dotted names and ``location`` with both coordinates. Both know iNaturalist's id
of the taxon. Of an observation that is obscured or private the public coordinates are taken. Where
there is a column of licences and an observation has none, its observer reserves all rights: that is
what iNaturalist means by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self

import ibis
from ibis.expr.types import StringValue, Table, Value

from fieldmark.atlas.records.licences import NOTHING
from fieldmark.atlas.sources.columns import date_number, flag, number, surely, text, whole
from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.formats import Sample, sampled
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.staged import StagedTables, name_rows, record_rows
from fieldmark.atlas.sources.staging import TextShape, stage_text
from fieldmark.errors import SourceBroken

__all__ = ["InaturalistExport"]

_TABLE: Final = "observations"
_LOCATION: Final = r"^[\[(]?\s*([-+]?[0-9.]+)\s*,\s*([-+]?[0-9.]+)\s*[\])]?\z"
_RANKS: Final = ("kingdom", "phylum", "class", "order", "family", "genus", "species")
_CLASSES: Final = (
    "Aves", "Mammalia", "Reptilia", "Amphibia", "Insecta", "Arachnida", "Actinopterygii",
)  # fmt: skip
_RESERVED: Final = "All rights reserved"
_NO_ANIMALS: Final = ("Plantae", "Fungi", "Protozoa", "Chromista")


@dataclass(frozen=True, slots=True)
class _Layout:
    """One way to write observations: the columns it is known by, and those read, renamed."""

    signs: Sequence[str]
    columns: Mapping[str, str]

    def tells(self, column: str, sample: Sample) -> bool:
        """Tell whether a file has the column that is read under that name."""
        names = [name for name, called in self.columns.items() if called == column]
        return not set(names).isdisjoint(sample.columns)


_SITE: Final = _Layout(
    ("taxon_id", "latitude", "longitude", "observed_on", "captive_cultivated"),
    {
        "taxon_id": "taxon_id",
        "scientific_name": "scientific_name",
        "iconic_taxon_name": "iconic",
        "latitude": "latitude",
        "longitude": "longitude",
        "positional_accuracy": "accuracy",
        "public_positional_accuracy": "public_accuracy",
        "observed_on": "observed_on",
        "user_id": "user_id",
        "user_login": "user_login",
        "captive_cultivated": "captive",
        "coordinates_obscured": "obscured",
        "license": "licence",
        "location": "location",
        "rank": "rank",
        **{f"taxon_{rank}_name": rank for rank in _RANKS},
    },
)
_API: Final = _Layout(
    ("taxon.id", "location", "observed_on", "captive", "obscured"),
    {
        "taxon.id": "taxon_id",
        "taxon.name": "scientific_name",
        "taxon.iconic_taxon_name": "iconic",
        "latitude": "latitude",
        "longitude": "longitude",
        "positional_accuracy": "accuracy",
        "public_positional_accuracy": "public_accuracy",
        "observed_on": "observed_on",
        "user.id": "user_id",
        "user.login": "user_login",
        "captive": "captive",
        "obscured": "obscured",
        "license_code": "licence",
        "location": "location",
        "taxon.rank": "rank",
        **{f"taxon_{rank}_name": rank for rank in _RANKS},
    },
)


class InaturalistExport:
    """A occurrences.RecordSource: one table of observations, as iNaturalist gives them out."""

    SIGN: Final = "an export of observations from iNaturalist"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        return _layout(sample) is not None

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedTables:
        """See occurrences.RecordSource."""
        sample = sampled(self._path)
        layout = _layout(sample)
        if layout is None:
            raise SourceBroken(
                f"{self._path}:1: no export of iNaturalist; its first line names "
                f"{', '.join(_SITE.signs)}"
            )
        staged = stage_text(
            lambda: open_table(self._path),
            str(self._path),
            TextShape(sample.separator, '"'),
            into / f"{_TABLE}.parquet",
            layout.columns,
        )
        return StagedTables(
            {_TABLE: [str(staged.path)]},
            staged.unreadable,
            Provenance("iNaturalist observations", notes=staged.examples),
            partial(_records, licensed=layout.tells("licence", sample)),
            _names,
        )


def _layout(sample: Sample) -> _Layout | None:
    names = set(sample.columns)
    return next((one for one in (_SITE, _API) if names.issuperset(one.signs)), None)


def _records(tables: Mapping[str, Table], *, licensed: bool) -> Table:
    table = tables[_TABLE]
    columns = {
        "name_key": _key(table),
        "latitude": ibis.coalesce(number(table.latitude), _part(table, 1)),
        "longitude": ibis.coalesce(number(table.longitude), _part(table, 2)),
        "uncertainty_m": ibis.coalesce(number(table.public_accuracy), number(table.accuracy)),
        "date": date_number(table.observed_on),
        "observer": ibis.coalesce(_number_text(table.user_id), text(table.user_login)),
        "dataset": ibis.literal("iNaturalist"),
        "basis": ibis.literal("HUMAN_OBSERVATION"),
        "absent": ibis.literal(value=False),
        "captive": surely(flag(table.captive)),
        "obscured": surely(flag(table.obscured)),
        "licence": _licence(table) if licensed else ibis.null("string"),
    }
    return record_rows(table, columns)


def _names(tables: Mapping[str, Table]) -> Table:
    """Return the names; of the lineage, what the export has, else what the icon tells."""
    table = tables[_TABLE]
    iconic = text(table.iconic)
    columns: dict[str, Value] = {rank: text(table[rank]) for rank in _RANKS}
    kingdom = iconic.isin(_NO_ANIMALS).ifelse(iconic, "Animalia")
    class_ = iconic.isin(_CLASSES).ifelse(iconic, ibis.null("string"))
    columns["kingdom"] = ibis.coalesce(columns["kingdom"], iconic.notnull().ifelse(kingdom, None))
    columns["class"] = ibis.coalesce(columns["class"], class_)
    columns |= {
        "name_key": _key(table),
        "taxon_id": _number_text(table.taxon_id),
        "scientific_name": text(table.scientific_name),
        "rank": text(table["rank"]),
    }
    return name_rows(table, columns)


def _licence(table: Table) -> StringValue:
    stated = text(table.licence)
    blank = stated.isnull() | stated.lower().isin(sorted(NOTHING))
    return blank.ifelse(_RESERVED, stated)


def _key(table: Table) -> StringValue:
    return ibis.coalesce(_number_text(table.taxon_id), text(table.scientific_name))


def _number_text(column: Value) -> StringValue:
    """Return an id as text: tables that went through pandas have 48662.0."""
    return whole(column).cast("string")


def _part(table: Table, group: int) -> Value:
    return number(text(table.location).re_extract(_LOCATION, group))
