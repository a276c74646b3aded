"""Building by way of Athena: what the three calls say, refuse and give, over a double of it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from athena_account import BUCKET, Account, ask_words
from fieldmark.entrypoints.cli.app import run
from fieldmark.entrypoints.problems import Exit
from gbif_bucket import SNAPSHOT, downloaded_table, sample_table
from gbif_download import write_download
from release_likeness import require_alike

SAMPLE = Path(__file__).parents[3] / "shared/data/occurrence/gbif_parquet/gbif.parquet"
OLDER = SNAPSHOT.replace("2026-11-01", "2021-04-13")
RANGES = """taxon_id,taxon,places,south,west,north,east,origin,frequency,months,note
42093,Lycaon pictus,South Africa,-26,30,-22,32,native,rare,,
"""
LION = """index,name,taxon_id,scientific_name,common_name,rank,lineage,setting
0,lion,41964,Panthera leo,lion,species,,wild
"""
ZOOS = "kind,name,country,latitude,longitude\nzoo,A zoo,ZA,-24.99,31.55\n"

COARSE = ("--resolution", "2")

real_sample = pytest.mark.skipif(
    not SAMPLE.is_file(), reason="GBIF's sample is not at ../shared/data/occurrence"
)


def asked(folder: Path) -> list[str]:
    """Return the words that ask Athena from a folder, for cells so coarse that ranges are quick."""
    return [*ask_words(folder), *COARSE]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return an account in which all was fetched, and nothing built yet."""
    folder = tmp_path_factory.mktemp("counted")
    table = downloaded_table(write_download(folder, visits=150))
    pq.write_table(table, folder / "local.parquet")
    account = Account.with_snapshot(folder, table)
    for stage in ("names", "count"):
        assert run([*asked(folder), "--out", str(folder / "atlas.sqlite")]) == Exit.OK
        account.does(stage)
    return account


@pytest.fixture
def folder(counted: Account, tmp_path: Path) -> Path:
    """Return a folder in which all was fetched, to be harmed."""
    shutil.copytree(counted.folder / "athena", tmp_path / "athena")
    return tmp_path


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Return the one line with which a build is refused; nothing is published."""
    capsys.readouterr()
    code = run([*asked(folder), "--out", str(folder / "atlas.sqlite"), *more])
    said = capsys.readouterr()
    assert (code, said.out) == (Exit.SETUP, "")
    assert said.err.startswith("fieldmark: ")
    assert said.err.count("\n") == 1
    assert not (folder / "atlas.sqlite").exists()
    return said.err


def test_a_call_publishes_nothing_and_says_the_same_until_all_is_fetched(
    tmp_path: Path, counted: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account = replace(counted, folder=tmp_path)
    words = [*asked(tmp_path), "--out", str(tmp_path / "atlas.sqlite")]
    shutil.copytree(counted.folder / "athena/names/out", tmp_path / "fetched")

    said = []
    for _ in range(2):
        assert run(words) == Exit.OK
        said.append(capsys.readouterr().out)
    (tmp_path / "fetched").rename(account.folder / "athena/names/out")
    for _ in range(2):
        assert run(words) == Exit.OK
        said.append(capsys.readouterr().out)

    assert said[0] == said[1] != said[2] == said[3]
    assert f"aws s3 sync --delete {BUCKET}/names/out {tmp_path}/athena/names/out" in said[0]
    assert f"aws s3 sync {tmp_path}/athena/count/tables {BUCKET}/count/tables" in said[2]
    assert f"sh {tmp_path}/athena/count/run.sh" in said[2]
    assert {path.name for path in tmp_path.iterdir()} == {"athena"}


def test_ranges_may_stand_beside_the_snapshot(folder: Path, counted: Account) -> None:
    (folder / "ranges.csv").write_text(RANGES)
    ranges = str(folder / "ranges.csv")

    assert run([*asked(folder), ranges, "--out", str(folder / "there.sqlite")]) == Exit.OK

    local = str(counted.folder / "local.parquet")
    words = ["atlas", "build", local, ranges, *COARSE]
    assert run([*words, "--out", str(folder / "here.sqlite")]) == Exit.OK
    require_alike(folder / "there.sqlite", folder / "here.sqlite")


@real_sample
def test_gbifs_own_sample_gives_what_it_gives_duckdb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = Account.with_snapshot(tmp_path, sample_table(SAMPLE))
    (tmp_path / "ranges.csv").write_text(RANGES)
    more = (str(tmp_path / "ranges.csv"), "--out")
    for stage in ("names", "count"):
        assert run([*asked(tmp_path), *more, str(tmp_path / "there.sqlite")]) == Exit.OK
        account.does(stage)

    assert run([*asked(tmp_path), *more, str(tmp_path / "there.sqlite")]) == Exit.OK
    here = str(tmp_path / "here.sqlite")
    assert run(["atlas", "build", str(SAMPLE), *more, here, *COARSE]) == Exit.OK

    require_alike(tmp_path / "there.sqlite", tmp_path / "here.sqlite")
    said = refused(tmp_path, capsys)
    assert "no record can be used" in said
    assert "of 1,000 rows 982 not an animal" in said


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        (("local.parquet",), "not local.parquet"),
        (("s3://elsewhere/occurrence.parquet/*",), "not s3://elsewhere/occurrence.parquet/*"),
        ((SNAPSHOT, "local.parquet"), f"not {SNAPSHOT} and local.parquet"),
        ((SNAPSHOT, SNAPSHOT), f"not {SNAPSHOT} and {SNAPSHOT}"),
        (("ranges.csv",), "not ranges alone"),
        ((OLDER,), "take a snapshot of 2022-05-01 or later"),
    ],
)
def test_athena_counts_one_snapshot_of_gbifs_and_nothing_else(
    sources: tuple[str, ...], named: str, counted: Account, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    shutil.copy(counted.folder / "local.parquet", tmp_path)
    (tmp_path / "ranges.csv").write_text(RANGES)
    words = [word for word in asked(tmp_path) if word != SNAPSHOT]

    assert run([*words, *sources, "--out", "atlas.sqlite"]) == Exit.SETUP

    assert named in capsys.readouterr().err
    assert not (tmp_path / "athena").exists()


@pytest.mark.parametrize("left_out", ["--athena-bucket", "--athena-folder"])
def test_athena_needs_a_bucket_and_a_folder(
    left_out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = asked(tmp_path)
    place = words.index(left_out)
    del words[place : place + 2]

    assert run([*words, "--out", str(tmp_path / "atlas.sqlite")]) == Exit.SETUP

    assert "--engine athena needs --athena-bucket" in capsys.readouterr().err


@pytest.mark.parametrize("bucket", ["/here", "s3://mine", "s3://mine/it's", "s3://mine/a b"])
def test_a_bucket_is_an_address_that_needs_no_quotes(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, "--athena-bucket", bucket)

    assert "write s3://BUCKET/FOLDER" in said
    assert repr(bucket) in said


def test_what_is_athenas_is_refused_for_another_engine(tmp_path: Path) -> None:
    words = [*asked(tmp_path), "--engine", "duckdb", "--out", str(tmp_path / "atlas.sqlite")]

    assert run(words) == Exit.USAGE


def first(folder: Path) -> Path:
    return min(folder.iterdir())


def spoil(file: Path) -> None:
    """Spoil what stands between the head and the foot of a file."""
    held = bytearray(file.read_bytes())
    held[30 : len(held) // 4] = bytes(len(held) // 4 - 30)
    file.write_bytes(held)


def test_counts_that_were_half_fetched_are_to_be_fetched_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first(folder / "athena/count/out/found").unlink()

    said = refused(folder, capsys)

    out = f"{folder}/athena/count/out"
    assert f"{out}/found has " in said
    assert said.endswith(f"fetch it again: aws s3 sync --delete {BUCKET}/count/out {out}\n")


def test_what_is_spoilt_inside_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(first(folder / "athena/count/out/found"))

    assert "cannot be" in refused(folder, capsys)


def test_half_the_names_are_not_matched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder / "athena/count")
    (folder / "athena/count.sql").unlink()
    first(folder / "athena/names/out/names").unlink()

    said = refused(folder, capsys)

    assert "names has " in said
    assert f"aws s3 sync --delete {BUCKET}/names/out" in said
    assert not (folder / "athena/count").exists()


CHANGES = {
    "taxa": (("--taxa", "lion"), "--taxa, --synonyms or the names that were fetched changed"),
    "years and places": (("--years", "2017-2020", "--institutions", "zoos.csv"),
                         "--institutions and --years, --licences or --resolution changed"),
    "weight": (("--weight", f"{SNAPSHOT}=3"), "--weight, or Fieldmark itself, changed"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_counts_of_something_else_are_refused(
    change: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "zoos.csv").write_text(ZOOS)
    (folder / "lion").mkdir()
    (folder / "lion/labels.csv").write_text(LION)
    (folder / "lion/ancestors.csv").write_text("taxon_id,scientific_name,common_name,rank\n")
    options, named = CHANGES[change]

    said = refused(folder, capsys, *options)

    assert f"{folder}/athena/count.sql was written for something else: {named} since" in said
    assert f"`sh {folder}/athena/count/run.sh undo`" in said


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        (SNAPSHOT, SNAPSHOT.replace("11-01", "12-01"), "the snapshot changed"),
        (BUCKET, "s3://mine/other", "--athena-bucket changed"),
    ],
)
def test_names_of_something_else_are_refused(
    was: str, now: str, named: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [now if word == was else word for word in asked(folder)]

    assert run([*words, "--out", str(folder / "atlas.sqlite")]) == Exit.SETUP

    assert f"athena/names.sql was written for something else: {named} since" in (
        capsys.readouterr().err
    )


def test_a_statement_may_be_put_right_by_hand(folder: Path) -> None:
    for file in (folder / "athena/count").glob("*-keep-*.sql"):
        file.write_text("SELECT 1")

    assert run([*asked(folder), "--out", str(folder / "atlas.sqlite")]) == Exit.OK


def test_after_a_statement_failed_the_rest_runs_once_and_what_it_left_is_gone(
    counted: Account, tmp_path: Path
) -> None:
    table = pq.read_table(counted.folder / "local.parquet")
    account = Account.with_snapshot(tmp_path, table)
    assert run([*asked(tmp_path), "--out", str(tmp_path / "atlas.sqlite")]) == Exit.OK
    account.athena.fail_once("taxonrank")

    with pytest.raises(AssertionError, match="03-keep-names: FAILED: Query exhausted resources"):
        account.types("sh athena/names/run.sh")
    assert account.athena.queries == 3
    done = account.types("cd athena/names && sh run.sh").splitlines()

    assert [line.partition(":")[0] for line in done] == [
        "03-keep-names", "04-output-names", "05-output-totals",
    ]  # fmt: skip
    assert account.types("sh athena/names/run.sh") == ""
    assert account.athena.queries == 6
