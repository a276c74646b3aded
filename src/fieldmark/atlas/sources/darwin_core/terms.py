"""The terms that are read, and the tables that hold them.

Source: Darwin Core, https://dwc.tdwg.org/list/; GBIF's and iNaturalist's own terms beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
from ibis.expr.types import StringValue

from fieldmark.atlas.sources.darwin_core.descriptor import TextFile

__all__ = ["ID", "TERMS", "Columns", "Terms", "canonical", "columns_of"]

TERMS: Final = (
    "acceptedScientificName", "basisOfRecord", "captive", "class", "collectionCode",
    "coordinateUncertaintyInMeters", "country", "countryCode", "dataGeneralizations", "datasetID",
    "datasetKey", "datasetName", "day", "decimalLatitude", "decimalLongitude",
    "degreeOfEstablishment", "endDayOfYear", "establishmentMeans", "eventDate", "eventID", "family",
    "genus", "geodeticDatum", "individualCount", "informationWithheld", "institutionCode",
    "kingdom", "license", "month", "occurrenceStatus", "order", "organismQuantity",
    "parentEventID", "phylum", "recordedBy", "recordedByID", "rights", "scientificName", "species",
    "specificEpithet", "startDayOfYear", "taxonID", "taxonRank", "year",
)  # fmt: skip
"""All else stays in the archive."""

ID: Final = "id"
"""The column of a row's key in the core, and of its core row's key in an extension."""

_CANONICAL: Final = {term.casefold(): term for term in TERMS}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a staged table holds its terms: columns by term, and what holds where one is empty."""

    by_term: Mapping[str, str]
    defaults: Mapping[str, str]


class Terms:
    """The terms of one row, which may stand in several tables that were joined.

    The first table that says something of a term counts; each has its columns under its prefix.
    """

    def __init__(self, table: ibis.Table, columns: Mapping[str, Columns]) -> None:
        self.table = table
        self.columns = columns

    def __getitem__(self, term: str) -> StringValue:
        """Return the text of a term, null where nothing stands."""
        found = list(self._stated(term))
        if len(found) > 1:
            return ibis.coalesce(*found)
        return found[0] if found else ibis.null("string")

    def says(self, term: str) -> bool:
        """Tell whether a table has that term at all."""
        return any(
            term in columns.by_term or term in columns.defaults for columns in self.columns.values()
        )

    def first(self, *terms: str) -> StringValue:
        """Return the text of the first of these terms that says something."""
        return ibis.coalesce(*(self[term] for term in terms))

    def _stated(self, term: str) -> Iterator[StringValue]:
        for prefix, columns in self.columns.items():
            if term in columns.by_term:
                yield self.table[prefix + columns.by_term[term]]
            if term in columns.defaults:
                yield ibis.literal(columns.defaults[term])


def canonical(name: str) -> str | None:
    """Return the term of that name in any case, or None for what is not read."""
    return _CANONICAL.get(name.casefold())


def columns_of(file: TextFile) -> tuple[Sequence[str], Columns]:
    """Return the names of a file's columns in order, and where the terms are among them.

    Columns that are not read have a number for a name, so that a row without them is too short.
    """
    described = {field.index for field in file.fields} | {file.id_index}
    width = max((index for index in described if index is not None), default=-1) + 1
    names = [f"column {index}" if index in described else "" for index in range(width)]
    fields = {term: file.terms[name] for name in file.terms if (term := canonical(name))}
    placed = {term: field.index for term, field in fields.items() if field.index is not None}
    if file.id_index is not None:
        placed[ID] = file.id_index
    taken = {index: term for term, index in placed.items()}
    for index, term in taken.items():
        names[index] = term
    defaults = {term: field.default for term, field in fields.items() if field.default}
    return names, Columns({term: taken[index] for term, index in placed.items()}, defaults)
