"""Athena's SQL, read by sqlglot and run on DuckDB: the numbers are those of counting there."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from athena_double import AthenaDouble
from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.fetched import Fetched
from fieldmark.atlas.records.nearby import bundled_places
from fieldmark.atlas.records.script import count_script, names_script
from fieldmark.atlas.sources.gbif import TABLE, gbif_names, gbif_records
from fieldmark.errors import SourceBroken
from gbif_bucket import SCHEMA, SNAPSHOT, gbif_table, put_snapshot
from records import duck, names, rows_of

engine = pytest.fixture(duck)

SPEC = CleaningSpec.at(4, years=(1970, 2026))

KNOWN = names(
    [("1", 41, 1), ("1", 40, 1), ("2", 40, 1), ("3", 77, 2), ("4", None, 1), ("5", None, 0),
     ("6", None, None)]
)  # fmt: skip


@pytest.fixture
def script(tmp_path: Path) -> AthenaScript:
    return AthenaScript("s3://mine/atlas/", tmp_path)


@pytest.fixture
def counting(script: AthenaScript) -> AthenaScript:
    records = gbif_records({TABLE: script.parquet([SNAPSHOT])})
    count_script(script, MatchedSource("gbif", records, KNOWN), SPEC, bundled_places())
    return script


@pytest.fixture
def athena(tmp_path: Path) -> AthenaDouble:
    return AthenaDouble(tmp_path / "aws")


def run(athena: AthenaDouble, script: AthenaScript, table: pa.Table, folder: Path) -> Fetched:
    """Run what the script says over that snapshot, and return what would be fetched."""
    put_snapshot(athena, table)
    if (folder / "tables").is_dir():
        shutil.copytree(folder / "tables", athena.at("s3://mine/atlas/tables"))
    for statement in script.statements:
        query = athena.ask(statement.text, "" if statement.kind == "database" else script.database)
        while (state := athena.state_of(query)) == "RUNNING":
            pass
        assert state == "SUCCEEDED", (statement.name, athena.reason_of(query))
    return Fetched(athena.at("s3://mine/atlas/out"), "again")


def test_the_numbers_are_those_of_duckdb(
    counting: AthenaScript, athena: AthenaDouble, engine: DuckDBEngine, tmp_path: Path
) -> None:
    table = gbif_table(2_000)
    direct = engine.memory(table, "direct")
    source = MatchedSource("gbif", gbif_records({TABLE: direct}), KNOWN)

    fetched = run(athena, counting, table, tmp_path).counts(engine, source)
    counted = count(engine, [source], SPEC)

    assert fetched.tallies == counted.tallies
    assert fetched.licences == counted.licences
    assert fetched.unmatched == counted.unmatched
    for name in ("found", "visits", "effort"):
        rows = rows_of(engine, getattr(counted, name))
        assert rows == rows_of(engine, getattr(fetched, name))
        assert rows


def test_of_a_snapshot_without_records_the_numbers_are_none(
    counting: AthenaScript, athena: AthenaDouble, engine: DuckDBEngine, tmp_path: Path
) -> None:
    source = MatchedSource(
        "gbif", gbif_records({TABLE: engine.memory(gbif_table(1), "any")}), KNOWN
    )

    fetched = run(athena, counting, SCHEMA.empty_table(), tmp_path).counts(engine, source)

    assert [(tally.rows, tally.used) for tally in fetched.tallies] == [(0, 0)]
    assert rows_of(engine, fetched.found) == rows_of(engine, fetched.effort) == []


def test_names_are_those_of_duckdb(
    script: AthenaScript, athena: AthenaDouble, engine: DuckDBEngine, tmp_path: Path
) -> None:
    table = gbif_table(200)
    names_script(script, gbif_names({TABLE: script.parquet([SNAPSHOT])}))

    there = run(athena, script, table, tmp_path).names()

    here: Any = engine.read(gbif_names({TABLE: engine.memory(table, "direct")}))
    assert there.to_pylist() == here.sort_by("name_key").to_pylist()


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


@pytest.mark.parametrize("paths", [["here.parquet"], [SNAPSHOT, SNAPSHOT]])
def test_what_is_no_snapshot_is_refused(script: AthenaScript, paths: list[str]) -> None:
    with pytest.raises(SourceBroken, match="one snapshot in a bucket"):
        script.parquet(paths)


def test_a_workspace_is_in_a_bucket(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="s3:// address, not '/here'"):
        AthenaScript("/here", tmp_path)


def test_a_script_reads_nothing(counting: AthenaScript) -> None:
    engine: Engine = counting

    with pytest.raises(TypeError):
        engine.read(engine.parquet([SNAPSHOT]))
