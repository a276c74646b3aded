"""What GBIF's columns mean: the same in its simple CSV and in its Parquet, there in lower case.

GBIF interprets before it publishes: dates are split into year, month and day, which are empty where
a range leaves them open, and names are matched to its backbone, of which ``taxonkey`` is the key.
https://techdocs.gbif.org/en/data-use/download-formats names the columns.
"""

from collections.abc import Mapping
from typing import Final

import ibis
from ibis.expr.types import Table, Value

from fieldmark.atlas.sources.columns import date_number, date_of, number, surely, text
from fieldmark.atlas.sources.obscured import looks_obscured
from fieldmark.atlas.sources.staged import name_rows, record_rows

__all__ = ["COLUMNS", "REQUIRED", "TABLE", "gbif_names", "gbif_records"]

TABLE: Final = "occurrence"

REQUIRED: Final = frozenset({
    "datasetkey", "decimallatitude", "decimallongitude", "eventdate", "taxonkey", "species",
})  # fmt: skip
"""What tells GBIF's tables from others, in lower case."""

COLUMNS: Final = (
    "datasetKey", "kingdom", "phylum", "class", "order", "family", "genus", "species",
    "infraspecificEpithet", "taxonRank", "scientificName", "countryCode", "occurrenceStatus",
    "decimalLatitude", "decimalLongitude", "coordinateUncertaintyInMeters", "eventDate", "day",
    "month", "year", "taxonKey", "basisOfRecord", "license", "recordedBy", "establishmentMeans",
)  # fmt: skip
"""What is read of a row."""

_INATURALIST: Final = "50c9509d-22c7-4a22-a47d-8c48425ef4a7"
_NOT_WILD: Final = ("managed", "captive", "cultivated")
_RANKS: Final = ("kingdom", "phylum", "class", "order", "family", "genus", "species")
_BELOW_SPECIES: Final = ("SUBSPECIES", "VARIETY", "FORM")


def gbif_records(tables: Mapping[str, Table]) -> Table:
    """Return the records of GBIF's table.

    Living specimens, and what is said to be managed, count as captive. GBIF does not say which
    coordinates are obscured: of iNaturalist's data set those whose accuracy says so are.
    """
    table = tables[TABLE]
    latitude = number(table.decimallatitude)
    uncertainty_m = number(_column(table, "coordinateuncertaintyinmeters"))
    basis = text(_column(table, "basisofrecord")).upper()
    captive = text(_column(table, "establishmentmeans")).lower().isin(_NOT_WILD)
    columns = {
        "name_key": _key(table),
        "latitude": latitude,
        "longitude": number(table.decimallongitude),
        "uncertainty_m": uncertainty_m,
        "country": text(_column(table, "countrycode")).upper(),
        "date": _date(table),
        "observer": text(_column(table, "recordedby")),
        "dataset": text(table.datasetkey),
        "basis": basis,
        "absent": surely(text(_column(table, "occurrencestatus")).upper() == "ABSENT"),
        "captive": surely(captive) | surely(basis == "LIVING_SPECIMEN"),
        "obscured": surely(text(table.datasetkey).lower() == _INATURALIST)
        & looks_obscured(latitude, uncertainty_m),
        "licence": text(_column(table, "license")),
    }
    return record_rows(table, columns)


def gbif_names(tables: Mapping[str, Table]) -> Table:
    """Return the names of GBIF's table, without their authors where GBIF has them so."""
    table = tables[TABLE]
    lineage = {rank: text(_column(table, rank)) for rank in _RANKS}
    rank = text(_column(table, "taxonrank")).upper()
    epithet = text(_column(table, "infraspecificepithet"))
    plain = ibis.cases(
        *((rank == name.upper(), lineage[name]) for name in reversed(_RANKS)),
        (rank.isin(_BELOW_SPECIES), lineage["species"] + " " + epithet),
    )
    columns = {
        "name_key": _key(table),
        "scientific_name": ibis.coalesce(plain, text(_column(table, "scientificname"))),
        "rank": rank.lower(),
        **lineage,
    }
    return name_rows(table, columns)


def _column(table: Table, name: str) -> Value:
    return table[name] if name in table.columns else ibis.null("string")


def _key(table: Table) -> Value:
    key = table.taxonkey
    return key.cast("int64").cast("string") if key.type().is_numeric() else text(key)


def _date(table: Table) -> Value:
    """Return the date as GBIF split it, which is fast to read; else as it is written."""
    written = date_number(table.eventdate)
    if "year" not in table.columns:
        return written
    return ibis.coalesce(date_of(table.year, table.month, table.day), written)
