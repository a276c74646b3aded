"""DuckDB and Spark count the same, on made-up records and on real files."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.cells import count_cells
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.counts import CellCounts, Counts
from fieldmark.atlas.records.reasons import Reason
from fieldmark.atlas.sources.gbif_csv import GbifCsv
from fieldmark.atlas.sources.gbif_parquet import GbifParquet
from fieldmark.atlas.sources.occurrences import StagedSource
from records import names, random_records, rows_of, spark

DATA = Path(__file__).parents[3] / "shared/data/occurrence"
SPEC = CleaningSpec.at(4, years=(1970, 2026))

spark_engine = pytest.fixture(spark, scope="module")


def same(one: Counts, other: Counts, engines: tuple[Engine, Engine]) -> None:
    """Assert that two counts are the same, row by row."""
    first, second = engines
    assert one.tallies == other.tallies
    assert one.unmatched == other.unmatched
    assert one.licences == other.licences
    for table in ("found", "visits", "effort"):
        rows = rows_of(first, getattr(one, table))
        assert rows == rows_of(second, getattr(other, table))
        assert rows


def same_cells(one: CellCounts, other: CellCounts) -> None:
    for name in ("taxon_id", "found_cell", "found", "records", "group", "effort_cell", "effort"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def made_up(engine: Engine) -> list[MatchedSource]:
    """Return two sources at random, the second with visits of its own and of less weight."""
    first = engine.memory(random_records(3_000, 1), "first")
    second = engine.memory(random_records(1_000, 2), "second")
    looked = second.select("latitude", "longitude", "date", "observer")
    return [
        MatchedSource("first", first, names()),
        MatchedSource("second", second, names(), weight=0.3, visits=looked, unreadable=2),
    ]


def test_made_up_records_count_the_same(spark_engine: Engine) -> None:
    with DuckDBEngine() as duck:
        ours = count(duck, made_up(duck), SPEC)
        theirs = count(spark_engine, made_up(spark_engine), SPEC)

        same(ours, theirs, (duck, spark_engine))
        same_cells(count_cells(duck, ours, 3), count_cells(spark_engine, theirs, 3))


def real(engine: Engine, staged: StagedSource, name: str) -> MatchedSource:
    """Return a real source whose species are the taxa; of each tenth nothing is known."""
    tables: Mapping[str, Any] = {
        table: engine.parquet(paths) for table, paths in staged.tables.items()
    }
    listed = engine.read(staged.names(tables)).sort_by("name_key")
    animal = pc.equal(listed["kingdom"], "Animalia").combine_chunks()
    number = pa.array(range(1, listed.num_rows + 1), pa.int32())
    taxon = pc.if_else(
        pc.equal(pc.divide(number, 10), pc.divide(pc.subtract(number, 1), 10)), number, None
    )
    group = pc.if_else(animal, pa.scalar(1, pa.int32()), None)
    known = pa.table({"name_key": listed["name_key"], "taxon_id": taxon, "group": group})
    return MatchedSource(name, staged.records(tables), known, unreadable=staged.unreadable)


@pytest.mark.parametrize(
    ("kind", "file", "rows"),
    [
        (GbifCsv, "gbif_simple/gbif-felidos-cri.csv", 1013),
        (GbifParquet, "gbif_parquet/gbif.parquet", 1000),
    ],
)
def test_real_files_count_the_same(
    spark_engine: Engine, tmp_path: Path, kind: Any, file: str, rows: int
) -> None:
    path = DATA / file
    if not path.exists():
        pytest.skip(f"the real records of {file} are not here")
    staged = kind(path if kind is GbifCsv else str(path)).stage(tmp_path)
    spec = CleaningSpec.at(4)
    with DuckDBEngine() as duck:
        ours = count(duck, [real(duck, staged, file)], spec)
        theirs = count(spark_engine, [real(spark_engine, staged, file)], spec)

        (tally,) = ours.tallies
        assert tally.rows == rows == tally.used + sum(tally.rejected.values())
        assert ours.tallies == theirs.tallies
        for table in ("found", "effort"):
            assert rows_of(duck, getattr(ours, table)) == rows_of(
                spark_engine, getattr(theirs, table)
            )
        same_cells(count_cells(duck, ours, 4), count_cells(spark_engine, theirs, 4))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_coordinates_that_are_no_numbers_count_the_same(
    spark_engine: Engine, tmp_path: Path, bad: float
) -> None:
    """Statistics of Parquet leave NaN out: an engine may take all numbers for possible ones."""
    good = 31.5
    places = [(good, good), (bad, good), (good, bad), (None, good), (good, None), (bad, None)]
    columns = {"datasetkey": "d", "kingdom": "Animalia", "species": "Panthera leo", "taxonkey": 7}
    table = pa.table(
        {name: [value] * len(places) for name, value in columns.items()}
        | {"eventdate": [f"2020-01-{day:02}" for day, _ in enumerate(places, start=1)]}
        | {"decimallatitude": pa.array([at for at, _ in places], pa.float64())}
        | {"decimallongitude": pa.array([at for _, at in places], pa.float64())}
    )
    pq.write_table(table, tmp_path / "gbif.parquet")
    staged = GbifParquet(str(tmp_path / "gbif.parquet")).stage(tmp_path)

    with DuckDBEngine() as duck:
        ours = count(duck, [real(duck, staged, "gbif")], SPEC).tallies
        theirs = count(spark_engine, [real(spark_engine, staged, "gbif")], SPEC).tallies

    assert ours == theirs
    assert ours[0].rejected == {
        Reason.NO_COORDINATES.words: 3,
        Reason.IMPOSSIBLE_COORDINATES.words: 2,
    }
