"""A double of Athena, S3 and the program ``aws``: buckets are folders, and DuckDB runs the SQL.

It holds to the rules of Athena's that matter here: a statement at a time and of 256 KiB at most, in
a database that exists; types of columns as they are declared; nothing is written where files lie;
what a failed query wrote is left there; no file for no rows.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["ROOT_VARIABLE", "AthenaDouble", "install"]

ROOT_VARIABLE: Final = "ATHENA_DOUBLE"

_MOST_BYTES: Final = 262_144
_TRINO: Final = """
    CREATE MACRO bitwise_right_shift(a, b) AS a >> b;
    CREATE MACRO bitwise_and(a, b) AS a & b;
    CREATE MACRO bitwise_or_agg(a) AS bit_or(a);
    CREATE MACRO is_nan(a) AS isnan(a);
    CREATE MACRO nan() AS CAST('NaN' AS DOUBLE);
    CREATE MACRO lpad(a, size, fill) AS repeat(fill, greatest(size - length(a), 0)) || a;
    CREATE MACRO array_join(a, b) AS array_to_string(a, b);
"""
"""Functions of Trino that sqlglot hands to DuckDB by their names."""

_TYPES: Final = {
    "string": "VARCHAR", "double": "DOUBLE", "bigint": "BIGINT", "int": "INTEGER",
    "tinyint": "TINYINT", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP",
    "array<string>": "VARCHAR[]",
}  # fmt: skip
_DATABASE: Final = re.compile(r"CREATE DATABASE IF NOT EXISTS `(\w+)`")
_DROP: Final = re.compile(r"DROP DATABASE IF EXISTS `(\w+)` CASCADE")
_EXTERNAL: Final = re.compile(
    r"CREATE EXTERNAL TABLE `(\w+)`\.`(\w+)` \(\n(.*)\n\)\nSTORED AS PARQUET\n"
    r"LOCATION '(s3://[^']+/)'",
    re.DOTALL,
)
_COLUMN: Final = re.compile(r"  `(\w+)` ([\w<>]+),?")
_PLACE: Final = r"'(s3://[^']+/)'"
_KEEP: Final = re.compile(
    rf"CREATE TABLE \"(\w+)\" WITH \(format = 'PARQUET', external_location = {_PLACE}\) AS\n(.*)",
    re.DOTALL,
)
_UNLOAD: Final = re.compile(
    rf"UNLOAD \(\n(.*)\n\) TO {_PLACE} WITH \(format = 'PARQUET'\)", re.DOTALL
)


class Refused(Exception):
    """What Athena says where it fails a query."""


class AthenaDouble:
    """An account with its buckets, its tables and the queries that were asked, in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)
        self._state = root / "state.json"

    def at(self, address: str | Path) -> Path:
        """Return the folder or file that stands for what lies at an ``s3://`` address."""
        return self._root / "s3" / str(address).removeprefix("s3://")

    def fail_once(self, words: str) -> None:
        """Fail the next statement that holds these words, after it wrote a part."""
        (self._root / "fail").write_text(words)

    def ask(self, text: str, database: str = "") -> str:
        """Run a statement and return the id of its query."""
        state = self._read()
        query = f"query-{len(state['queries']) + 1}"
        try:
            self._run(state["databases"], text.strip(), database, query)
            outcome = {"state": "SUCCEEDED", "reason": "None"}
        except Refused as error:
            outcome = {"state": "FAILED", "reason": str(error)}
        state["queries"][query] = {**outcome, "looked": 0}
        self._state.write_text(json.dumps(state))
        return query

    def state_of(self, query: str) -> str:
        """Return the state of a query, which is RUNNING the first time."""
        state = self._read()
        found = state["queries"][query]
        found["looked"] += 1
        self._state.write_text(json.dumps(state))
        return "RUNNING" if found["looked"] == 1 else str(found["state"])

    def reason_of(self, query: str) -> str:
        """Return why a query failed."""
        return str(self._read()["queries"][query]["reason"])

    def sync(self, source: str | Path, target: str | Path, *, delete: bool = False) -> None:
        """Copy the files below one place to another; ``delete`` removes what is only there."""
        from_, to = map(self._place, (source, target))
        files = {file.relative_to(from_) for file in from_.rglob("*") if file.is_file()}
        there = {file.relative_to(to) for file in to.rglob("*") if file.is_file()}
        for file in there - files if delete else ():
            (to / file).unlink()
        for file in files:
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(from_ / file, to / file)

    def _place(self, place: str | Path) -> Path:
        return self.at(place) if str(place).startswith("s3://") else Path(place)

    @property
    def queries(self) -> int:
        """How many were asked."""
        return len(self._read()["queries"])

    @property
    def databases(self) -> Sequence[str]:
        """Those that are there."""
        return sorted(self._read()["databases"])

    def _read(self) -> dict[str, Any]:
        if not self._state.exists():
            return {"databases": {}, "queries": {}}
        return dict(json.loads(self._state.read_text()))

    def _run(self, databases: dict[str, Any], text: str, database: str, query: str) -> None:
        if len(text.encode()) > _MOST_BYTES:
            raise Refused("the query is longer than 262144 bytes")
        if database and database not in databases:
            raise Refused(f"Schema {database} does not exist")
        if found := _DATABASE.fullmatch(text):
            databases.setdefault(found[1], {})
        elif found := _DROP.fullmatch(text):
            databases.pop(found[1], None)
        elif found := _EXTERNAL.fullmatch(text):
            _add(databases[found[1]], found[2], _COLUMN.findall(found[3]), found[4])
        elif found := _KEEP.fullmatch(text):
            columns = self._write(databases[database], found[3], found[2], query)
            _add(databases[database], found[1], columns, found[2])
        elif found := _UNLOAD.fullmatch(text):
            self._write(databases[database], found[1], found[2], query)
        else:
            raise Refused(f"mismatched input: {text[:60]}")

    def _write(
        self, tables: dict[str, Any], text: str, place: str, query: str
    ) -> list[tuple[str, str]]:
        """Write the outcome of a SELECT as two files, none for no rows; return its columns."""
        import duckdb
        import pyarrow as pa
        import pyarrow.parquet as pq
        import sqlglot

        if list(self.at(place).glob("*")):
            raise Refused(f"HIVE_PATH_ALREADY_EXISTS: {place}")
        self.at(place).mkdir(parents=True, exist_ok=True)
        self._fail_where_told(text, place)
        (plain,) = sqlglot.transpile(text, read="athena", write="duckdb")
        connection = duckdb.connect()
        connection.execute(_TRINO)
        for name, table in tables.items():
            if re.search(rf'"{name}"', text):
                self._show(connection, name, table)
        outcome = connection.sql(plain)
        columns = _described(outcome)
        wide = {pa.decimal128(38, 0): pa.int64()}
        table = outcome.to_arrow_table()
        schema = pa.schema([(one.name, wide.get(one.type, one.type)) for one in table.schema])
        half = table.num_rows - table.num_rows // 2
        for part, rows in enumerate((table.slice(0, half), table.slice(half))):
            if rows.num_rows:
                file = self.at(place) / f"20261126_{query}_{part}"
                pq.write_table(rows.cast(schema), file, compression="gzip")
        return columns

    def _fail_where_told(self, text: str, place: str) -> None:
        told = self._root / "fail"
        if told.exists() and told.read_text() in text:
            told.unlink()
            (self.at(place) / "orphan").write_bytes(b"half a file")
            raise Refused("Query exhausted resources at this scale factor")

    def _show(self, connection: Any, name: str, table: dict[str, Any]) -> None:
        files = [str(file) for file in self.at(table["location"]).glob("*")]
        declared = [tuple(column) for column in table["columns"]]
        if not files:
            empty = ", ".join(f'"{column}" {_TYPES[type_]}' for column, type_ in declared)
            connection.execute(f'CREATE TABLE "{name}" ({empty})')
            return
        read = connection.read_parquet(files).project(*(f'"{column}"' for column, _ in declared))
        if _described(read) != declared:
            raise Refused(f"HIVE_BAD_DATA: {_described(read)} in {name}")
        read.create_view(name)


def _add(tables: dict[str, Any], name: str, columns: Sequence[Any], location: str) -> None:
    if name in tables:
        raise Refused(f"Table {name} already exists")
    tables[name] = {"columns": list(columns), "location": location}


def _described(relation: Any) -> list[tuple[str, str]]:
    """Return the columns by Athena's types; sums of integers are as wide as they are there."""
    names = {type_: name for name, type_ in _TYPES.items()} | {"HUGEINT": "bigint"}
    types = (names[str(type_)] for type_ in relation.types)
    return list(zip(relation.columns, types, strict=True))


def install(folder: Path) -> Path:
    """Put the program ``aws`` into a folder that is made for it, and return that."""
    folder.mkdir()
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    program.chmod(0o755)
    return folder


def _aws(double: AthenaDouble, words: list[str]) -> str:
    """Do what ``aws`` is asked for, and return what it prints."""
    match words:
        case ["athena", "start-query-execution", *rest]:
            options = dict(zip(rest[::2], rest[1::2], strict=True))
            text = options["--query-string"]
            if text.startswith("file://"):
                text = Path(text.removeprefix("file://")).read_text(encoding="utf-8")
            within = options.get("--query-execution-context", "Database=")
            return double.ask(text, within.removeprefix("Database="))
        case ["athena", "get-query-execution", "--query-execution-id", query, "--query", what, *_]:
            asked = {"State": double.state_of, "StateChangeReason": double.reason_of}
            return asked.get(what.rpartition(".")[2], lambda _: "1234")(query)
        case ["s3", "rm", "--recursive", "--only-show-errors", address]:
            shutil.rmtree(double.at(address), ignore_errors=True)
        case ["s3", "sync", "--delete", source, target]:
            double.sync(source, target, delete=True)
        case ["s3", "sync", source, target]:
            double.sync(source, target)
        case _:
            raise SystemExit(f"aws: this double knows no {' '.join(words)}")
    return ""


if __name__ == "__main__":
    printed = _aws(AthenaDouble(Path(os.environ[ROOT_VARIABLE])), sys.argv[1:])
    sys.stdout.write(f"{printed}\n" if printed else "")
