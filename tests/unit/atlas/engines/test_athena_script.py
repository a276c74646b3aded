"""Athena's SQL, read by sqlglot and run on DuckDB: the numbers are those of counting there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.athena import GBIF_BUCKET, AthenaScript
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.nearby import bundled_places
from fieldmark.atlas.records.script import count_script, fetched_counts, names_script
from fieldmark.atlas.sources.gbif import TABLE, gbif_names, gbif_records
from fieldmark.errors import SourceBroken
from records import duck, names, random_records, rows_of

engine = pytest.fixture(duck)

ADDRESS = "s3://gbif-open-data-eu-central-1/occurrence/2026-11-01/occurrence.parquet/*"
SPEC = CleaningSpec.at(4, years=(1970, 2026))

TRINO = """
    CREATE MACRO bitwise_right_shift(a, b) AS a >> b;
    CREATE MACRO bitwise_and(a, b) AS a & b;
    CREATE MACRO bitwise_or_agg(a) AS bit_or(a);
    CREATE MACRO is_nan(a) AS isnan(a);
    CREATE MACRO lpad(a, size, fill) AS repeat(fill, greatest(size - length(a), 0)) || a;
    CREATE MACRO array_join(a, b) AS array_to_string(a, b);
"""
"""Functions of Trino that sqlglot hands to DuckDB by their names."""


def gbif_table(rows: int) -> pa.Table:
    """Return random records in the shape of GBIF's bucket."""
    random = random_records(rows, 3).to_pylist()
    keys = {"lynx": 1, "bobcat": 2, "robin": 3, "bat": 4, "slug": 5, "oak": 6, None: None}
    filled = [
        {
            "datasetkey": row["dataset"],
            "decimallatitude": row["latitude"],
            "decimallongitude": row["longitude"],
            "coordinateuncertaintyinmeters": row["uncertainty_m"],
            "year": row["date"] and row["date"] // 10_000,
            "month": row["date"] and row["date"] // 100 % 100,
            "day": row["date"] and row["date"] % 100,
            "taxonkey": keys[row["name_key"]],
            "scientificname": row["name_key"],
            "basisofrecord": row["basis"],
            "license": row["licence"],
            "recordedby": None if row["observer"] is None else [row["observer"], "Zoe"],
            "occurrencestatus": "ABSENT" if row["absent"] else "PRESENT",
        }
        for row in random
    ]
    types = {
        "string": pa.string(), "float64": pa.float64(), "int32": pa.int32(),
        "timestamp": pa.timestamp("us"), "array<string>": pa.list_(pa.string()),
    }  # fmt: skip
    schema = pa.schema([(name, types[type_]) for name, type_ in GBIF_BUCKET.items()])
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in filled], schema)


KNOWN = names(
    [("1", 41, 1), ("1", 40, 1), ("2", 40, 1), ("3", 77, 2), ("4", None, 1), ("5", None, 0),
     ("6", None, None)]
)  # fmt: skip


@pytest.fixture
def script(tmp_path: Path) -> AthenaScript:
    return AthenaScript("s3://mine/atlas/", tmp_path)


@pytest.fixture
def counting(script: AthenaScript) -> AthenaScript:
    records = gbif_records({TABLE: script.parquet([ADDRESS])})
    count_script(script, MatchedSource("gbif", records, KNOWN), SPEC, bundled_places())
    return script


def run(script: AthenaScript, engine: DuckDBEngine, table: pa.Table, folder: Path) -> Iterator[str]:
    """Run what the script says on DuckDB, and yield the names of outputs as they are written."""
    connection = engine.connection
    connection.execute(TRINO)
    connection.register("gbif", table)
    for statement in script.statements:
        name = statement.name
        if statement.kind == "upload":
            path = folder / "tables" / name / "part.parquet"
            connection.execute(f"CREATE VIEW \"{name}\" AS FROM '{path}'")
        elif statement.query is not None:
            query = sqlglot.transpile(statement.query, read="athena", write="duckdb")[0]
            if statement.kind == "keep":
                connection.execute(f'CREATE TABLE "{name}" AS {query}')
            else:
                path = folder / "out" / name / "part.parquet"
                path.parent.mkdir(parents=True)
                connection.execute(f"COPY ({query}) TO '{path}'")
                yield name


def test_the_numbers_are_those_of_duckdb(
    counting: AthenaScript, engine: DuckDBEngine, tmp_path: Path
) -> None:
    table = gbif_table(2_000)
    direct = engine.memory(table, "direct")
    source = MatchedSource("gbif", gbif_records({TABLE: direct}), KNOWN)
    with DuckDBEngine() as elsewhere:
        assert list(run(counting, elsewhere, table, tmp_path)) == [
            "found", "effort", "rows_by_kind", "rows_used",
        ]  # fmt: skip

    fetched = fetched_counts(engine, tmp_path / "out", source)
    counted = count(engine, [source], SPEC)

    assert fetched.tallies == counted.tallies
    assert fetched.licences == counted.licences
    assert fetched.unmatched == counted.unmatched
    for name in ("found", "visits", "effort"):
        rows = rows_of(engine, getattr(counted, name))
        assert rows == rows_of(engine, getattr(fetched, name))
        assert rows


def test_names_are_those_of_duckdb(
    script: AthenaScript, engine: DuckDBEngine, tmp_path: Path
) -> None:
    table = gbif_table(200)
    names_script(script, ADDRESS, gbif_names, TABLE)
    with DuckDBEngine() as elsewhere:
        assert list(run(script, elsewhere, table, tmp_path)) == ["names"]

    there = pq.read_table(tmp_path / "out/names").sort_by("name_key").to_pylist()

    here: Any = engine.read(gbif_names({TABLE: engine.memory(table, "direct")}))
    assert there == here.sort_by("name_key").to_pylist()


def test_every_statement_is_athenas_sql(counting: AthenaScript) -> None:
    for statement in counting.statements:
        if statement.kind == "output":
            assert statement.text.startswith("UNLOAD (\nSELECT")
            assert statement.text.endswith(
                "TO 's3://mine/atlas/out/" + statement.name + "/' WITH (format = 'PARQUET')"
            )
        (tree,) = sqlglot.parse(statement.query or statement.text, dialect="athena")
        assert isinstance(tree, exp.Query if statement.query else exp.Create)


def test_the_snapshot_is_read_where_it_lies(counting: AthenaScript) -> None:
    (bucket,) = [one for one in counting.statements if one.kind == "bucket"]

    place = "LOCATION 's3://gbif-open-data-eu-central-1/occurrence/2026-11-01/occurrence.parquet/'"
    assert bucket.text.endswith(place)
    assert "`recordedby` array<string>" in bucket.text


def test_what_is_uploaded_lies_beside_the_script(counting: AthenaScript, tmp_path: Path) -> None:
    uploads = {one.name for one in counting.statements if one.kind == "upload"}

    assert uploads == {path.name for path in (tmp_path / "tables").iterdir()}


@pytest.mark.parametrize("paths", [["here.parquet"], [ADDRESS, ADDRESS]])
def test_what_is_no_snapshot_is_refused(script: AthenaScript, paths: list[str]) -> None:
    with pytest.raises(SourceBroken, match="one snapshot in a bucket"):
        script.parquet(paths)


def test_a_workspace_is_in_a_bucket(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="s3:// address, not '/here'"):
        AthenaScript("/here", tmp_path)


def test_a_script_reads_nothing(counting: AthenaScript) -> None:
    engine: Engine = counting

    with pytest.raises(TypeError):
        engine.read(engine.parquet([ADDRESS]))
