"""A stage is written once, and then held to what it was written for."""

from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.records.athena_stage import AthenaPlace, Stage
from fieldmark.errors import SourceBroken
from gbif_bucket import SNAPSHOT


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(AthenaPlace("s3://mine/atlas", tmp_path / "athena folder"), "count")


def settled(stage: Stage, scratch: Path, *, near: int = 1, limit: int = 5) -> AthenaScript:
    """Write a small script down, or hold it to what was written."""
    script = stage.draft(scratch)
    table = script.memory(pa.table({"near": [near]}), "near")
    script.output(script.keep(table.limit(limit), "sightings_by_source"), "found")
    stage.settle(script, scratch)
    return script


def test_each_statement_is_in_a_file_and_all_are_in_one(stage: Stage, tmp_path: Path) -> None:
    script = settled(stage, tmp_path)

    files = sorted(stage.folder.glob("*.sql"))
    assert [file.name.partition("-")[2] for file in files] == [
        f"database-{script.database}.sql", "upload-near.sql", "keep-sightings_by_source.sql",
        "output-found.sql",
    ]  # fmt: skip
    assert "".join(f"{file.read_text()[:-1]};\n\n" for file in files) == stage.sql.read_text()


def test_what_is_to_be_done_can_be_given_to_a_shell(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)

    here = f"{tmp_path}/athena folder/count"
    assert stage.next_step.commands == (
        f"aws s3 sync '{here}/tables' s3://mine/atlas/count/tables",
        f"sh '{here}/run.sh'",
        f"aws s3 sync --delete s3://mine/atlas/count/out '{here}/out'",
    )


def test_the_same_again_is_left_as_it_is(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in stage.place.folder.rglob("*")}

    settled(stage, tmp_path)

    assert {file: file.stat().st_mtime_ns for file in stage.place.folder.rglob("*")} == before


def test_a_row_more_or_less_is_something_else(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)

    with pytest.raises(SourceBroken, match="for something else: --institutions changed since"):
        settled(stage, tmp_path, near=2)


def test_a_table_that_is_gone_is_something_else(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)
    (stage.folder / "tables/near/part.parquet").unlink()

    with pytest.raises(SourceBroken, match="--institutions changed since"):
        settled(stage, tmp_path)


def test_another_word_in_a_statement_is_something_else(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)

    with pytest.raises(SourceBroken, match=r"--years, --licences or --resolution changed .* undo`"):
        settled(stage, tmp_path, limit=6)


def test_a_statement_more_or_less_is_something_else(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)
    script = stage.draft(tmp_path)
    script.parquet([SNAPSHOT])

    with pytest.raises(SourceBroken, match="for something else: the snapshot changed"):
        stage.settle(script, tmp_path)


def test_a_folder_that_does_not_say_what_for_is_not_used(stage: Stage, tmp_path: Path) -> None:
    settled(stage, tmp_path)
    stage.sql.unlink()

    with pytest.raises(SourceBroken, match="remove the folder, or take another --athena-folder"):
        settled(stage, tmp_path)


def test_two_buckets_have_two_databases(stage: Stage, tmp_path: Path) -> None:
    other = Stage(AthenaPlace("s3://mine/other", tmp_path), "count")

    assert stage.draft(tmp_path).database != other.draft(tmp_path).database


def test_an_unnamed_change_is_told_as_one(stage: Stage, tmp_path: Path) -> None:
    script = settled(stage, tmp_path)
    again = stage.draft(tmp_path)
    table = again.memory(pa.table({"near": [1]}), "near")
    kept = again.keep(table.limit(5), "sightings_by_source")
    again.output(kept.mutate(weight=ibis.literal(3)), "found")

    assert again.database == script.database
    with pytest.raises(SourceBroken, match="--weight, or Fieldmark itself, changed since"):
        stage.settle(again, tmp_path)
