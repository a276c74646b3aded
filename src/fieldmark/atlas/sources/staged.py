"""What staging leaves: tables, and the expressions of their source over them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.expr.types import Table, Value

from fieldmark.atlas.sources.occurrences import NAMES, RECORDS, Provenance

__all__ = ["StagedTables", "distinct_texts", "name_rows", "record_rows"]

Expression = Callable[[Mapping[str, Table]], Table]


@dataclass(frozen=True, slots=True)
class StagedTables:
    """A StagedSource of parts."""

    tables: Mapping[str, Sequence[str]]
    unreadable: int
    provenance: Provenance
    of_records: Expression
    of_names: Expression
    of_visits: Expression | None = None

    def records(self, tables: Mapping[str, Table]) -> Table:
        """See occurrences.StagedSource."""
        return self.of_records(tables)

    def names(self, tables: Mapping[str, Table]) -> Table:
        """See occurrences.StagedSource."""
        return self.of_names(tables)

    def visits(self, tables: Mapping[str, Table]) -> Table | None:
        """See occurrences.StagedSource."""
        return self.of_visits(tables) if self.of_visits else None


def record_rows(table: Table, columns: Mapping[str, Value]) -> Table:
    """Return the columns ``RECORDS`` of each row; those that are not given are null."""
    return table.select(_filled(columns, RECORDS))


def name_rows(table: Table, columns: Mapping[str, Value]) -> Table:
    """Return the columns ``NAMES``, one row for each ``name_key`` there is.

    Rows of one key that differ give the first of their texts, column by column, so that every
    engine gives the same.
    """
    rows = table.select(_filled(columns, NAMES))
    named = rows.filter(rows.name_key.notnull())
    others = [name for name in NAMES.names if name != "name_key"]
    grouped = named.group_by("name_key").agg(**{name: named[name].min() for name in others})
    return grouped.select(list(NAMES.names))


def distinct_texts(path: Path, column: str) -> Sequence[str]:
    """Return the different texts of a column of a staged table, ascending."""
    found: set[Any] = set()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[column]):
            found.update(pc.unique(batch.column(0)).to_pylist())
    return sorted(found - {None})


def _filled(columns: Mapping[str, Value], schema: Any) -> dict[str, Value]:  # noqa: ANN401 - an Ibis schema
    return {
        name: columns[name].cast(kind) if name in columns else ibis.null(kind)
        for name, kind in schema.items()
    }
