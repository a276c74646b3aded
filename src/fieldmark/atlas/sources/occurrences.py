"""Occurrence records: what the sources that hold them give, one row for each.

A source of records is tables, staged as Parquet, and two expressions over them that any engine can
run: its records and its names. Reading a file and judging a record are told apart: a source says
what stands there, ``records.clean`` says what is trusted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import ibis

__all__ = ["NAMES", "RECORDS", "VISITS", "Provenance", "RecordSource", "Staged"]

RECORDS: Final = ibis.schema(
    {
        "name_key": "string",
        "latitude": "float64",
        "longitude": "float64",
        "uncertainty_m": "float64",
        "country": "string",
        "date": "int32",
        "observer": "string",
        "dataset": "string",
        "basis": "string",
        "absent": "boolean",
        "captive": "boolean",
        "obscured": "boolean",
        "licence": "string",
    }
)
"""Columns of a record; each may be null where the source does not say.

``name_key`` finds the row of ``NAMES``; ``latitude``, ``longitude`` are degrees, NaN where
something stands there that is no number; ``country`` is ISO 3166-1 alpha-2; ``date`` is the whole
number yyyymmdd, with 00 for a month or day that is not known, so that 20140200 is February 2014;
``observer`` and ``dataset`` are whatever tells one from another; ``basis`` is Darwin Core's
basisOfRecord as HUMAN_OBSERVATION; ``obscured`` says that the coordinates were moved about
inside their square of 0.2 degrees, as iNaturalist does; ``licence`` is the text that stands there.
"""

NAMES: Final = ibis.schema(
    {
        "name_key": "string",
        "taxon_id": "string",
        "scientific_name": "string",
        "rank": "string",
        "kingdom": "string",
        "phylum": "string",
        "class": "string",
        "order": "string",
        "family": "string",
        "genus": "string",
        "species": "string",
    }
)
"""Columns of a name, one row for each ``name_key``; ``taxon_id`` is iNaturalist's, as text."""

VISITS: Final = ibis.schema(
    {"latitude": "float64", "longitude": "float64", "date": "int32", "observer": "string"}
)
"""Columns of a visit: somebody, or a camera, looked there on that day, whatever was found."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A text table that was read to its end and now is Parquet: ``path`` is a file.

    ``rows`` counts the readable ones; ``unreadable`` the others, ``examples`` where some of them
    stand and what is wrong with them.
    """

    path: Path
    columns: Sequence[str]
    rows: int
    unreadable: int = 0
    examples: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the records of a source come from, as far as the file itself says.

    ``licence`` is that of the whole, where one is stated for it; records may have their own.
    """

    title: str
    doi: str | None = None
    licence: str | None = None
    dataset_keys: Sequence[str] = ()
    notes: Sequence[str] = field(default=())


class RecordSource(Protocol):
    """One file, or one folder of files that belong together, of occurrence records."""

    @property
    def name(self) -> str:
        """What the release calls it among its sources."""
        ...

    def stage(self, into: Path) -> "StagedSource":
        """Read the source whole, in bounded memory, and leave what it holds in that folder.

        Parquet is not copied. Called once, before any expression is run.

        Raises:
            SourceBroken: the file is not what it should be; the text names file, line, fault and
                remedy. Nothing of it is used.
            OSError: the disk is full.
        """
        ...


class StagedSource(Protocol):
    """A source that was read: tables on disk and expressions over them."""

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """Parquet files, or globs or ``s3://`` addresses of them, by the name of their table."""
        ...

    @property
    def unreadable(self) -> int:
        """How many rows could not be read; they count as rejected."""
        ...

    @property
    def provenance(self) -> Provenance:
        """Where the records come from."""
        ...

    def records(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """Return the records as an expression of the tables, with the columns ``RECORDS``."""
        ...

    def names(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """Return the distinct names of the records, with the columns ``NAMES``."""
        ...

    def visits(self, tables: Mapping[str, ibis.Table]) -> ibis.Table | None:
        """Return visits that the source knows of beside its records, columns ``VISITS``."""
        ...
