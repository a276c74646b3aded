"""Spark reads out of a source what DuckDB reads, to the last value."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fieldmark.atlas.sources.columns import date_number, flag, number, text, whole
from records_out import opened

Tables = Mapping[str, Sequence[str]]
Expression = Callable[[Mapping[str, ibis.Table]], ibis.Table]

WRITTEN = [
    "2014-02-01", "2014-02", "2014", "2014-02-01T10:00:00Z", "2014-02-01 10:00", "2014-2-3",
    "2014-02-01/2014-02-05", "2014-02-01T08:00Z/2014-02-05T11:00Z", "2014-02-01/2014-03-05",
    "2014-12-31/2015-01-01", "2014-02-01/05", "2014-02-01/03-05", "2014-02/03", "2014/02/03",
    "2014-02-01T10:00/12:00", "20140201", "2014-02-30", "2014-13-01", "2014-02-00", "2000-02-29",
    "1900-02-29", "2014-032", "2014-W05", "0000-01-01", "01.02.2014", "2014-02-01/", "//", "x", "",
    None, "1", "-1.5", "+.5", "5.", "1e3", "1e99", "1,5", "1,000", "nan", "Infinity", "--1", "12.0",
    "99999999999", "true", "No", "ä\n2014", "2014-02-01\n", "$1", "\\d",
]  # fmt: skip

TAXA = """taxon_id\tancestry\trank_level\trank\tname\tactive
1\t\t70\tkingdom\tAnimalia\ttrue
41942\t1\t20\tgenus\tPanthera\ttrue
41944\t1/41942\t10\tspecies\tPanthera onca\ttrue
"""
OBSERVATIONS = """\
observer_id,latitude,longitude,positional_accuracy,taxon_id,quality_grade,observed_on
505,38.82,-77.08,12,41944,research,2011-05-30
347,38.8247,x,28181,999,casual,
""".replace(",", "\t")
PLAIN = """taxon;latitude;longitude;date;count;captive
Panthera leo;-24,99;31.55;2026-07-01;0;no
Panthera leo;;;2026-07-01/03;2;yes
"""
EXPORT = """\
captive,obscured,location,observed_on,taxon.id,taxon.name,taxon.iconic_taxon_name,user.id
False,True,"(41.6, -93.7)",2022-05-17 17:06:31-06:00,41944.0,Panthera onca,Mammalia,7.0
True,,,2022-05,41942,Panthera,Mammalia,
"""
GBIF = """gbifID,datasetKey,species,taxonRank,scientificName,decimalLatitude,decimalLongitude,\
coordinateUncertaintyInMeters,eventDate,day,month,year,taxonKey,basisOfRecord,recordedBy
1,50c9509d-22c7-4a22-a47d-8c48425ef4a7,Panthera onca,SPECIES,Panthera onca (L.),8.5,-83.5,\
31273,2014-02-01,1,2,2014,7,HUMAN_OBSERVATION,A
2,d,,GENUS,Panthera Oken,8.5,-83.5,,2014-02-01/2014-02-03,,2,2014,8,LIVING_SPECIMEN,
3,d,,GENUS,Panthera Oken,8.5,-83.5,,2014-02-01/2014-02-03,,,,8,,
""".replace(",", "\t")

pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning"
)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Return a backend on a session of this machine alone."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("Spark needs Java: apt-get install openjdk-17-jre-headless")
        pytest.skip("Spark needs Java: apt-get install openjdk-17-jre-headless")
    sql = pytest.importorskip("pyspark.sql")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            sql.SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.sql.shuffle.partitions", "1")
            .getOrCreate()
        )
        backend = ibis.pyspark.connect(session)
    yield backend
    session.stop()


def _on_spark(spark: Any, expression: Expression, tables: Tables) -> list[str]:
    read, session = {}, spark._session
    for name, paths in tables.items():
        session.read.parquet(*paths).createOrReplaceTempView(name)
        read[name] = spark.table(name)
    return _sorted(session.sql(spark.compile(expression(read))).toArrow())


def _on_duckdb(expression: Expression, tables: Tables) -> list[str]:
    read = {
        name: ibis.memtable(pa.concat_tables([pq.read_table(path) for path in paths]))
        for name, paths in tables.items()
    }
    return _sorted(ibis.duckdb.connect().to_pyarrow(expression(read)))


def _sorted(table: Any) -> list[str]:
    return sorted(repr(list(row.values())) for row in table.to_pylist())


def _columns(tables: Mapping[str, ibis.Table]) -> ibis.Table:
    written = tables["t"].written
    return tables["t"].select(
        "written",
        text=text(written),
        number=number(written),
        comma=number(written, decimal_comma=True),
        whole=whole(written),
        flag=flag(written),
        date=date_number(written),
    )


def test_the_text_of_a_column_means_the_same(spark: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"written": WRITTEN}), path)

    on_spark = _on_spark(spark, _columns, {"t": [str(path)]})

    assert on_spark == _on_duckdb(_columns, {"t": [str(path)]})


@pytest.mark.parametrize(
    "files",
    [
        {"gbif.csv": GBIF},
        {"plain.csv": PLAIN},
        {"export.csv": EXPORT},
        {"observations.csv": OBSERVATIONS, "taxa.csv": TAXA},
    ],
    ids=["gbif", "plain", "export", "open data"],
)
def test_a_source_gives_the_same_records_and_names(
    spark: Any, tmp_path: Path, files: Mapping[str, str]
) -> None:
    folder, into = tmp_path / "source", tmp_path / "into"
    folder.mkdir()
    into.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    staged = opened(folder if len(files) > 1 else folder / next(iter(files))).stage(into)

    for expression in (staged.records, staged.names):
        on_spark = _on_spark(spark, expression, staged.tables)

        assert on_spark == _on_duckdb(expression, staged.tables)
        assert on_spark
