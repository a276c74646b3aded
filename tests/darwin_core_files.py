"""Darwin Core archives that tests write, and what is read of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow.parquet as pq

from fieldmark.atlas.sources.darwin_core import DarwinCoreArchive
from fieldmark.atlas.sources.occurrences import StagedSource

DWC = "http://rs.tdwg.org/dwc/terms/"
OCCURRENCE_FILE = "occurrence.txt"


def described(
    terms: Sequence[str],
    row_type: str = "Occurrence",
    *,
    file: str = OCCURRENCE_FILE,
    key: str = "id",
    more: str = "",
) -> str:
    """Return the part of a meta.xml for one tab-separated table; its key is the first column."""
    fields = "".join(
        f'<field index="{index}" term="{term if ":" in term else DWC + term}"/>'
        for index, term in enumerate(terms, start=1)
    )
    name = "core" if key == "id" else "extension"
    return (
        rf'<{name} rowType="{DWC}{row_type}" fieldsTerminatedBy="\t" fieldsEnclosedBy="">'
        f"<files><location>{file}</location></files>"
        f'<{key} index="0"/>{fields}{more}</{name}>'
    )  # fmt: skip


def lines(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a tab-separated table."""
    return "".join("\t".join(row) + "\n" for row in rows)


def occurrences(rows: Sequence[Mapping[str, str]], more: str = "") -> dict[str, str]:
    """Return the members of an archive whose core is these rows, each a mapping of terms."""
    terms = sorted({term for row in rows for term in row})
    table = lines([[str(n), *(row.get(term, "") for term in terms)] for n, row in enumerate(rows)])
    return {
        "meta.xml": f"<archive>{described(terms, more=more)}</archive>",
        OCCURRENCE_FILE: table,
    }


def staged(path: Path, into: Path) -> StagedSource:
    """Stage the archive in a folder of its own."""
    into.mkdir(exist_ok=True)
    return DarwinCoreArchive(path).stage(into)


class Read:
    """What DuckDB reads of a staged archive."""

    def __init__(self, source: StagedSource) -> None:
        self.source = source
        self._connection = duckdb.connect()
        self._tables = {}
        for name, paths in source.tables.items():
            schema = dict.fromkeys(pq.read_schema(paths[0]).names, "string")
            self._tables[name] = ibis.table(schema, name=name)
            self._connection.read_parquet(list(paths)).create_view(name)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records in the order of their columns."""
        return self._rows(self.source.records(self._tables))

    @property
    def names(self) -> list[dict[str, Any]]:
        """The names in the order of their columns."""
        return self._rows(self.source.names(self._tables))

    @property
    def visits(self) -> list[dict[str, Any]] | None:
        """The visits in the order of their columns."""
        visits = self.source.visits(self._tables)
        return None if visits is None else self._rows(visits)

    def _rows(self, table: ibis.Table) -> list[dict[str, Any]]:
        outcome = self._connection.sql(str(ibis.to_sql(table, dialect="duckdb")))
        rows: list[dict[str, Any]] = outcome.to_arrow_table().to_pylist()
        return sorted(rows, key=lambda row: [str(cell) for cell in row.values()])
