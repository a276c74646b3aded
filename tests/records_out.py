"""What a source of records gives, worked out by DuckDB."""

from pathlib import Path
from typing import Any, cast

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.sources import RecordSource, open_source
from fieldmark.atlas.sources.occurrences import NAMES, RECORDS, StagedSource

__all__ = ["names_of", "opened", "records_of"]

Row = dict[str, Any]


def opened(address: str | Path, as_: str | None = None) -> RecordSource:
    """Return the source of records at that address."""
    source = open_source(address, as_)
    assert hasattr(source, "stage")
    return cast("RecordSource", source)


def records_of(staged: StagedSource) -> list[Row]:
    """Return its records."""
    backend, tables = _tables(staged)
    records = staged.records(tables)
    assert records.schema() == RECORDS
    rows: list[Row] = backend.to_pyarrow(records).to_pylist()
    return rows


def names_of(staged: StagedSource) -> dict[str, Row]:
    """Return its names by their key."""
    backend, tables = _tables(staged)
    names = staged.names(tables)
    assert names.schema() == NAMES
    rows: list[Row] = backend.to_pyarrow(names).to_pylist()
    assert len({row["name_key"] for row in rows}) == len(rows)
    return {row["name_key"]: row for row in rows}


def _tables(staged: StagedSource) -> tuple[Any, dict[str, ibis.Table]]:
    tables = {
        name: ibis.memtable(pa.concat_tables([pq.read_table(path) for path in paths]))
        for name, paths in staged.tables.items()
    }
    return ibis.duckdb.connect(), tables
