"""The animals of an area as a table for spreadsheets: CSV, one line per animal."""

import csv
from typing import Final, Protocol

from fieldmark.lookup import AreaAnimals
from fieldmark.wire import area_out

__all__ = ["as_text", "write_area"]

_COLUMNS: Final = (
    "taxon_id", "scientific_name", "common_name", "rank", "occurrence", "here",
    *(f"month_{month}" for month in range(1, 13)),
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Writes(Protocol):
    def write(self, text: str, /) -> object: ...


def write_area(area: AreaAnimals, out: _Writes) -> None:
    """Write a header and the animals, the most regular first."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for animal in area_out(area).animals:
        taxon = animal.taxon
        rows.writerow(
            [
                taxon.id,
                as_text(taxon.scientific_name),
                as_text(taxon.common_name or ""),
                taxon.rank,
                animal.occurrence,
                animal.here,
                *animal.by_month,
            ]
        )


def as_text(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula: an apostrophe stands before it.

    Source: OWASP, CSV Injection.
    """
    return f"'{name}" if name.startswith(_FORMULA) else name
