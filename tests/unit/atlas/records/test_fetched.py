"""What was fetched is read where it is whole, and told from what is not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.count import MatchedSource
from fieldmark.atlas.records.fetched import Fetched
from fieldmark.errors import SourceBroken
from records import duck, names, rows_of, source

engine = pytest.fixture(duck)

FOUND = {"taxon_id": 40, "bin": 7, "month": 5, "weight": 2000, "records": 3, "days": 2,
         "observers": 1, "datasets": 1}  # fmt: skip
Rows = dict[str, list[dict[str, int]]]
ROWS: Rows = {
    "found": [FOUND, FOUND | {"month": 6}, FOUND | {"taxon_id": 77}],
    "effort": [{"group": group, "bin": 7, "month": 5, "weight": 9000} for group in (0, 1)],
    "rows_by_kind": [{"source": 0, "kind": kind, "rows": 5} for kind in (0, -6)],
    "rows_used": [{"origin": 0, "rows": 4}],
}


def put(folder: Path, outputs: Rows) -> Fetched:
    """Write outputs as Athena unloads them, a file a row, and their totals."""
    totals = [pa.table({"name": [name], "rows": [len(rows)]}) for name, rows in outputs.items()]
    parts = {name: [pa.Table.from_pylist([row]) for row in rows] for name, rows in outputs.items()}
    for name, tables in {**parts, "totals": totals}.items():
        for number, table in enumerate(tables):
            (folder / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / name / f"part-{number}")
    return Fetched(folder, "aws s3 sync there here")


@pytest.fixture
def fetched(tmp_path: Path) -> Fetched:
    return put(tmp_path / "out", ROWS)


@pytest.fixture
def known(engine: DuckDBEngine) -> MatchedSource:
    return source(engine, [], names=names([("lynx", 40, 1)]))


def test_all_rows_of_all_files_are_read(
    fetched: Fetched, engine: DuckDBEngine, known: MatchedSource
) -> None:
    counts = fetched.counts(engine, known)

    assert rows_of(engine, counts.found) == sorted(ROWS["found"], key=lambda row: [*row.values()])
    assert rows_of(engine, counts.effort) == ROWS["effort"]
    assert [(one.rows, one.used) for one in counts.tallies] == [(10, 4)]


def test_an_output_of_no_rows_has_no_file(
    tmp_path: Path, engine: DuckDBEngine, known: MatchedSource
) -> None:
    rows = [{"source": 0, "kind": -6, "rows": 5}]
    fetched = put(tmp_path, {"found": [], "effort": [], "rows_by_kind": rows, "rows_used": []})

    counts = fetched.counts(engine, known)

    assert rows_of(engine, counts.visits) == rows_of(engine, counts.effort) == []
    assert [(one.rows, one.used) for one in counts.tallies] == [(5, 0)]


def test_nothing_is_fetched_before_there_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "found").mkdir()

    assert not Fetched(tmp_path, "again")
    assert not Fetched(tmp_path / "nowhere", "again")


def first(folder: Path) -> Path:
    return min(folder.iterdir())


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


Harm = Callable[[Path], object]
HARMS: dict[str, tuple[Harm, str]] = {
    "no totals": (lambda out: shutil.rmtree(out / "totals"),
                  "totals says nothing of effort, found, rows_by_kind, rows_used"),
    "half the totals": (lambda out: first(out / "totals").unlink(), "totals says nothing of found"),
    "no folder": (lambda out: shutil.rmtree(out / "effort"), "effort has 0 of 2 rows"),
    "an empty folder": (lambda out: emptied(out / "rows_used"), "rows_used has 0 of 1 rows"),
    "a file too few": (lambda out: shutil.move(out / "found/part-1", out), "found has 2 of 3 rows"),
    "a file twice": (lambda out: shutil.copy(out / "found/part-1", out / "found/part-9"),
                     "found has 4 of 3 rows"),
    "a file cut off": (lambda out: cut(out / "found/part-1"), "part-1 is no whole Parquet file"),
    "no Parquet": (lambda out: (out / "rows_by_kind/part-1").write_text("<Error/>"),
                   "part-1 is no whole Parquet file"),
    "another table": (lambda out: shutil.copy(out / "effort/part-1", out / "found/part-1"),
                      "part-1 has no column datasets, days, observers, records, taxon_id"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_not_whole_is_named_with_the_command_that_fetches_it(
    harm: str, fetched: Fetched, engine: DuckDBEngine, known: MatchedSource
) -> None:
    harmed, named = HARMS[harm]
    harmed(fetched.folder)

    with pytest.raises(SourceBroken, match=f"{named}: .* again: aws s3 sync there here$"):
        fetched.counts(engine, known)
