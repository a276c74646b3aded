"""What Spark and DuckDB make of the same sources, as JSON: a process of its own.

PySpark leaves sockets to the garbage collector, which would warn in the midst of other tests.
Arguments: a Parquet file with a column of texts, a folder for what is staged, addresses of sources.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from fieldmark.atlas.sources.columns import date_number, flag, number, text, whole
from records_out import opened

Tables = Mapping[str, Sequence[str]]
Expression = Callable[[Mapping[str, ibis.Table]], ibis.Table]
Answer = dict[str, list[str]]


def main(texts: str, into: str, *addresses: str) -> None:
    """Print the rows of each case as each engine gives them."""
    answers = {"texts": _both(_columns, {"texts": [texts]})}
    for address in addresses:
        folder = Path(into, Path(address).name)
        folder.mkdir()
        staged = opened(address).stage(folder)
        answers[f"{Path(address).name} records"] = _both(staged.records, staged.tables)
        answers[f"{Path(address).name} names"] = _both(staged.names, staged.tables)
    sys.stdout.write(json.dumps(answers))


def _columns(tables: Mapping[str, ibis.Table]) -> ibis.Table:
    written = tables["texts"].written
    return tables["texts"].select(
        "written",
        text=text(written),
        number=number(written),
        comma=number(written, decimal_comma=True),
        whole=whole(written),
        flag=flag(written),
        date=date_number(written),
    )


def _both(expression: Expression, tables: Tables) -> Answer:
    return {"spark": _on_spark(expression, tables), "duckdb": _on_duckdb(expression, tables)}


def _on_spark(expression: Expression, tables: Tables) -> list[str]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    backend, read = ibis.pyspark.connect(session), {}
    for name, paths in tables.items():
        session.read.parquet(*paths).createOrReplaceTempView(name)
        read[name] = backend.table(name)
    return _rows(session.sql(str(backend.compile(expression(read)))).toArrow())


def _on_duckdb(expression: Expression, tables: Tables) -> list[str]:
    read = {
        name: ibis.memtable(pa.concat_tables([pq.read_table(path) for path in paths]))
        for name, paths in tables.items()
    }
    return _rows(ibis.duckdb.connect().to_pyarrow(expression(read)))


def _rows(table: Any) -> list[str]:
    return sorted(repr(list(row.values())) for row in table.to_pylist())


if __name__ == "__main__":
    main(*sys.argv[1:])
