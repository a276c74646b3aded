"""Occurrence records by hand and at random, and the engines that count them."""

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.engines.spark import SparkEngine
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource
from fieldmark.atlas.sources.occurrences import RECORDS, VISITS

SPEC = CleaningSpec(max_uncertainty_m=20_000.0)

_SMALL = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""For a few rows Spark compiles longer than it counts."""

PLAIN: dict[str, Any] = {
    "name_key": "lynx", "latitude": 50.51, "longitude": 10.01, "uncertainty_m": None,
    "country": None, "date": 20240503, "observer": "Ann", "dataset": "a",
    "basis": "HUMAN_OBSERVATION", "absent": False, "captive": False, "obscured": False,
    "licence": "CC0_1_0",
}  # fmt: skip
"""A record with nothing wrong."""

LYNX, LYNXES, ROBIN = 41, 40, 77
MAMMALS, BIRDS = 1, 2
NAMES = [
    ("lynx", LYNX, MAMMALS), ("lynx", LYNXES, MAMMALS), ("bobcat", LYNXES, MAMMALS),
    ("robin", ROBIN, BIRDS), ("bat", None, MAMMALS), ("slug", None, 0), ("oak", None, None),
]  # fmt: skip
"""A lynx counts for species and genus, a bobcat for the genus; a bat and a slug for no taxon."""


def names(rows: Sequence[tuple[str, int | None, int | None]] = NAMES) -> pa.Table:
    """Return a table of names as counting takes it."""
    keys, taxa, groups = zip(*rows, strict=True)
    return pa.table(
        {
            "name_key": pa.array(keys, pa.string()),
            "taxon_id": pa.array(taxa, pa.int32()),
            "group": pa.array(groups, pa.int32()),
        }
    )


def record_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return records, each plain but for what is given."""
    return pa.Table.from_pylist([PLAIN | row for row in rows], schema=RECORDS.to_pyarrow())


def source(
    engine: Engine,
    rows: Sequence[dict[str, Any]],
    *,
    name: str = "made up",
    visits: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> MatchedSource:
    """Return a source of those records and visits."""
    word = name.replace(" ", "_")
    looked = None
    if visits:
        table = pa.Table.from_pylist(list(visits), schema=VISITS.to_pyarrow())
        looked = engine.memory(table, f"visits_of_{word}")
    table = engine.memory(record_table(rows), f"records_of_{word}")
    return MatchedSource(name, table, more.pop("names", names()), visits=looked, **more)


_LATITUDES = [50.51, 50.52, 9.934, -90.0, 90.0, 0.0, 91.0, float("nan"), None]
_LONGITUDES = [10.01, 10.02, -84.085, -180.0, 180.0, 0.0, -181.0, float("nan")]
_DATES = [None, 20240503, 20240504, 20240500, 20240000, 18990101, 20250503]
_BASES = [None, *6 * ["HUMAN_OBSERVATION"], "FOSSIL_SPECIMEN", "LIVING_SPECIMEN"]


def random_records(rows: int, seed: int) -> pa.Table:
    """Return records of few places, days and observers, so that all that can happen does."""
    chance = np.random.default_rng(seed)
    lat = [50.51, 50.52, 9.934, -90.0, 90.0, 0.0, 91.0, float("nan"), None]
    lon = [10.01, 10.02, -84.085, -180.0, 180.0, 0.0, -181.0, float("nan")]
    values: dict[str, list[Any]] = {
        "name_key": ["lynx", "lynx", "bobcat", "robin", "bat", "slug", "oak", None],
        "latitude": [*lat, *chance.uniform(-89, 89, 40)],
        "longitude": [*lon, *chance.uniform(-179, 179, 5)],
        "uncertainty_m": [None, 10.0, 19_999.5, 30_000.0, float("nan")],
        "country": [None],
        "date": [None, 20240503, 20240504, 20240500, 20240000, 18990101, 20250503],
        "observer": [None, "Ann", "Björk", "李", ""],
        "dataset": [None, "a", "b", "Å", "c"],
        "basis": [None, *6 * ["HUMAN_OBSERVATION"], "FOSSIL_SPECIMEN", "LIVING_SPECIMEN"],
        "absent": [None, *8 * [False], True],
        "captive": [None, *8 * [False], True],
        "obscured": [None, *3 * [False], True],
        "licence": ["CC0_1_0", "CC_BY_4_0", "CC_BY_NC_4_0", "mine alone", None],
    }
    table = {name: _any(chance, rows, values[name]) for name in RECORDS.names}
    return pa.table(table, schema=RECORDS.to_pyarrow())


def _any(chance: np.random.Generator, rows: int, values: Sequence[Any]) -> list[Any]:
    return [values[number] for number in chance.integers(0, len(values), rows)]


def rows_of(engine: Engine, table: ibis.Table) -> list[dict[str, Any]]:
    """Return the rows of a table in the order of their columns."""
    rows: list[dict[str, Any]] = engine.read(table).to_pylist()
    return sorted(rows, key=lambda row: tuple(row.values()))


def duck() -> Iterator[Engine]:
    """Yield DuckDB."""
    with DuckDBEngine() as engine:
        yield engine


def spark() -> Iterator[Engine]:
    """Yield Spark in local mode; where Java is missing, skip, but never on CI."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("CI must have Java: apt-get install default-jre-headless")
        pytest.skip("Spark needs Java: apt-get install default-jre-headless")
    with SparkEngine("local[2]", settings=_SMALL) as engine:
        yield engine
