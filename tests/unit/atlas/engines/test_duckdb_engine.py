import errno
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.errors import SourceBroken
from records import duck

engine = pytest.fixture(duck)


@pytest.fixture
def numbers(tmp_path: Path) -> str:
    path = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": np.random.default_rng(1).integers(0, 2**62, 3_000_000)}), path)
    return str(path)


def test_several_files_and_globs_are_one_table(engine: DuckDBEngine, tmp_path: Path) -> None:
    for name in ("a1", "a2", "b"):
        pq.write_table(pa.table({"n": [1, 2]}), tmp_path / f"{name}.parquet")

    table = engine.parquet([str(tmp_path / "a*.parquet"), str(tmp_path / "b.parquet")])

    assert engine.read(table.aggregate(rows=table.count()))["rows"].to_pylist() == [6]


def test_what_was_kept_is_there_again_and_may_be_dropped(engine: DuckDBEngine) -> None:
    table = engine.memory(pa.table({"n": [1, 2, 3]}), "given")

    kept = engine.keep(table.mutate(twice=table.n * 2), "twice")

    assert engine.read(kept.aggregate(sum=kept.twice.sum()))["sum"].to_pylist() == [12]
    engine.drop("twice")
    with pytest.raises(SourceBroken):
        engine.read(kept)


def test_sums_are_as_wide_as_they_say(engine: DuckDBEngine) -> None:
    table = engine.memory(pa.table({"n": pa.array([1, 2], pa.int64())}), "given")

    assert engine.read(table.aggregate(sum=table.n.sum())).schema.field("sum").type == pa.int64()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all, but long enough for it"])
def test_a_file_that_is_no_parquet_is_a_broken_source(
    engine: DuckDBEngine, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(content)

    with pytest.raises(SourceBroken, match=r"broken\.parquet"):
        engine.parquet([str(path)])


def test_a_file_cut_off_in_the_middle_is_a_broken_source(
    engine: DuckDBEngine, numbers: str
) -> None:
    table = engine.parquet([numbers])
    whole = Path(numbers).read_bytes()
    Path(numbers).write_bytes(bytes(len(whole) // 2) + whole[len(whole) // 2 :])

    with pytest.raises(SourceBroken):
        engine.read(table.aggregate(sum=table.n.sum()))


def test_a_disk_that_fills_is_told_as_one(tmp_path: Path, numbers: str) -> None:
    with DuckDBEngine(
        memory_bytes=40 << 20, folder=tmp_path, threads=1, spill_bytes=1 << 20
    ) as small:
        table = small.parquet([numbers])
        groups = table.group_by("n").aggregate(rows=table.count())

        with pytest.raises(OSError, match="no room") as full:
            small.keep(groups, "groups")

    assert full.value.errno == errno.ENOSPC


def test_the_private_folder_goes_with_the_engine(tmp_path: Path, numbers: str) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()

    with DuckDBEngine(memory_bytes=40 << 20, folder=folder, threads=1) as small:
        (private,) = folder.iterdir()
        assert private.stat().st_mode & 0o077 == 0
        table = small.parquet([numbers])
        small.keep(table.mutate(m=table.n, k=ibis.literal("x") + table.n.cast("string")), "large")

    assert list(folder.iterdir()) == []
