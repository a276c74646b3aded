"""Sources of records, read whole and run on DuckDB, for tests."""

from pathlib import Path
from typing import Any, Protocol

import ibis
import pyarrow.parquet as pq

from fieldmark.atlas.sources.occurrences import NAMES, RECORDS, VISITS, StagedSource


class _Staging(Protocol):
    def stage(self, into: Path) -> StagedSource: ...


class Read:
    """A source that was read: ``records``, ``names`` and ``visits`` as dicts, in file order."""

    def __init__(self, source: _Staging, into: Path) -> None:
        into.mkdir(exist_ok=True)
        self.staged = source.stage(into)
        engine = ibis.duckdb.connect()
        tables = {
            name: ibis.memtable(pq.ParquetDataset(list(paths)).read())
            for name, paths in self.staged.tables.items()
        }
        visits = self.staged.visits(tables)
        self.records = _rows(engine, self.staged.records(tables), RECORDS)
        self.names = {
            row["name_key"]: row for row in _rows(engine, self.staged.names(tables), NAMES)
        }
        self.visits = None if visits is None else _rows(engine, visits, VISITS)
        engine.disconnect()


def _rows(engine: Any, table: ibis.Table, schema: Any) -> list[dict[str, Any]]:
    assert table.schema() == schema, table.schema()
    rows: list[dict[str, Any]] = engine.to_pyarrow(table).to_pylist()
    return rows
