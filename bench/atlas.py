"""Counting GBIF-shaped records into cells, against a bare DuckDB GROUP BY over the same columns.

Both floors run with the same memory, threads and temporary folder over the same file. The
*grouping* floor groups by every column that counting reads, coordinates as bins: one hash table
of the raw columns, nothing else. The *distinct* floor gives what counting gives in bins: records,
days, observers and datasets by taxon, bin and month, and nothing else. Ours cleans, matches, tells
duplicates, counts effort of every target group, maps to H3 and reads the arrays. Each run is a
process of its own, so that its peak memory is its own.

    python bench/atlas.py [ROWS]        20 million unless said, then twice as many

The whole build is measured too: names matched, records counted, smoothed, packed, checked, written.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from machine import describe, verdict

ROWS: Final = 20_000_000
FOLDER: Final = Path(tempfile.gettempdir()) / "fieldmark-bench-atlas"
BINS: Final = (
    "CAST(floor((decimallatitude + 90) * 50) AS INT) AS lat, "
    "CAST(floor((decimallongitude + 180) * 50) AS INT) AS lon"
)
DATE: Final = "year * 10000 + month * 100 + day"
GROUPING: Final = f"""
    SELECT count(*), sum(n) FROM (
        SELECT taxonkey, {BINS}, {DATE} AS date, recordedby, datasetkey, basisofrecord, license,
               occurrencestatus, coordinateuncertaintyinmeters > 26000 AS vague, count(*) AS n
        FROM '{{path}}' GROUP BY ALL)"""  # noqa: S608 - our own text
DISTINCT: Final = f"""
    SELECT count(*), sum(n), sum(d), sum(o), sum(s) FROM (
        SELECT taxonkey, {BINS}, month, count(*) AS n, count(DISTINCT {DATE}) AS d,
               count(DISTINCT recordedby) AS o, count(DISTINCT datasetkey) AS s
        FROM '{{path}}' GROUP BY ALL)"""  # noqa: S608 - likewise


def floor(sql: str, path: Path) -> None:
    """Run a bare query as the engine would."""
    from fieldmark.atlas.engines.duckdb import DuckDBEngine  # noqa: PLC0415 - timed with the rest

    with DuckDBEngine() as engine:
        engine.connection.execute(sql.format(path=path)).fetchall()


def ours(path: Path) -> None:
    """Count the file into cells of resolution 4."""
    from atlas_records import matched_names  # noqa: PLC0415 - timed with the rest
    from fieldmark.atlas.engines.duckdb import DuckDBEngine  # noqa: PLC0415
    from fieldmark.atlas.records.cells import count_cells  # noqa: PLC0415
    from fieldmark.atlas.records.clean import CleaningSpec  # noqa: PLC0415
    from fieldmark.atlas.records.count import MatchedSource, count  # noqa: PLC0415
    from fieldmark.atlas.sources.gbif_parquet import GbifParquet  # noqa: PLC0415

    with DuckDBEngine() as engine:
        staged = GbifParquet(str(path)).stage(FOLDER)
        tables = {name: engine.parquet(paths) for name, paths in staged.tables.items()}
        source = MatchedSource("bench", staged.records(tables), matched_names())
        counts = count(engine, [source], CleaningSpec.at(4, years=(1970, 2026)))
        cells = count_cells(engine, counts, 4)
        (tally,) = counts.tallies
        if tally.rows != tally.used + sum(tally.rejected.values()):
            raise AssertionError(tally)
        print(f"{cells.taxon_id.size:,} taxa and cells; {tally}", file=sys.stderr)


def build(path: Path) -> None:
    """Build a release of the file, as ``fieldmark atlas build`` does."""
    from atlas_records import write_labels  # noqa: PLC0415 - timed with the rest
    from fieldmark.atlas.build import BuildSpec, SourceSpec, build_atlas  # noqa: PLC0415

    write_labels(FOLDER / "model")
    out = FOLDER / "release.sqlite"
    spec = BuildSpec(
        (SourceSpec(str(path)),), (FOLDER / "model",), out, "bench", "2026-11-26", doubtful=True
    )
    built = build_atlas(spec)
    steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in built.seconds.items())
    print(f"{built.taxa:,} taxa, {built.cells:,} cells, {built.records:,} records, "
          f"{built.size_bytes / 2**20:,.0f} MiB: {steps}", file=sys.stderr)  # fmt: skip


RUNS: Final[dict[str, Callable[[Path], None]]] = {
    "ours": ours,
    "build": build,
    "grouping": lambda path: floor(GROUPING, path),
    "distinct": lambda path: floor(DISTINCT, path),
}


def measured(name: str, path: Path) -> dict[str, float]:
    """Return seconds and peak memory in MiB of a run in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--run", name, str(path)],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def records(rows: int) -> Path:
    """Return the file of so many records, made unless it is there."""
    from atlas_records import write_records  # noqa: PLC0415 - only where it is made

    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"records-{rows}.parquet"
    if not path.exists():
        write_records(path, rows)
    return path


def compare(rows: int) -> dict[str, dict[str, float]]:
    """Run all, and say how they compare."""
    path = records(rows)
    runs = {name: measured(name, path) for name in ("grouping", "ours", "distinct", "build")}
    for name, run in runs.items():
        print(f"     {rows:,} records, {name}: {run['seconds']:.1f} s, {run['mib']:,.0f} MiB")
    return runs


def main(rows: int = ROWS) -> None:
    """Print the comparison."""
    print(describe())
    once, twice = compare(rows), compare(2 * rows)
    for size, runs in ((rows, once), (2 * rows, twice)):
        ours_s = runs["ours"]["seconds"]
        label = f"{size:,} records"
        print(verdict(f"{label}: rate against bare GROUP BY of the columns",
                      runs["grouping"]["seconds"] / ours_s, 0.5, "x", least=True))  # fmt: skip
        print(verdict(f"{label}: rate against bare GROUP BY with distinct counts",
                      runs["distinct"]["seconds"] / ours_s, 0.5, "x", least=True))  # fmt: skip
        print(verdict(f"{label}: peak memory of counting", runs["ours"]["mib"] / 1024, 2.0, "GiB"))
        print(verdict(f"{label}: peak memory of all", runs["build"]["mib"] / 1024, 2.0, "GiB"))
    for name in ("ours", "build"):
        ratio = twice[name]["seconds"] / once[name]["seconds"]
        print(f"     {name}: time for twice as many: {ratio:.2f} x")


def _loaded() -> None:
    """Load what all of them need: three seconds of imports are not what is compared."""
    from fieldmark.atlas.engines.duckdb import DuckDBEngine  # noqa: PLC0415 - not for the parent

    import_module("fieldmark.atlas.sources.gbif_parquet")
    import_module("fieldmark.atlas.records.count")
    with DuckDBEngine() as engine:
        engine.connection.sql("SELECT 1").to_arrow_table()


def run_once(name: str, path: Path) -> dict[str, Any]:
    """Run one in this process."""
    _loaded()
    start = time.perf_counter()
    RUNS[name](path)
    seconds = time.perf_counter() - start
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return {"seconds": seconds, "mib": peak_kib / 1024}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run_once(sys.argv[2], Path(sys.argv[3]))))
    else:
        main(*(int(argument) for argument in sys.argv[1:2]))
