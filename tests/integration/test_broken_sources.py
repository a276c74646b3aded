"""A build that cannot be finished: exit code 3, and everything as it was before."""

import gzip
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from command import fieldmark
from fieldmark.entrypoints.problems import Exit

HEADER = b"gbifID\tspecies\tdecimalLatitude\tdecimalLongitude\teventDate\tbasisOfRecord\n"
ROW = b"\tPanthera pardus\t-24.99\t31.55\t2026-07-01\tHUMAN_OBSERVATION\n"
OLD = b"the release of last month"
DISK_BYTES = 20_000


def lines(count: int) -> bytes:
    return HEADER + b"".join(b"%d" % number + ROW for number in range(count))


def cut_gzip(path: Path) -> Path:
    packed = gzip.compress(lines(50_000))
    (path / "cats.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    return path / "cats.csv.gz"


def bomb(path: Path) -> Path:
    wide = (b"1" + ROW.replace(b"\t", b" " * 60_000 + b"\t", 1)) * 100
    (path / "cats.csv.gz").write_bytes(gzip.compress(HEADER) + gzip.compress(wide) * 500)
    return path / "cats.csv.gz"


def other_shape_halfway(path: Path) -> Path:
    other = b"a;b;c\n" * 2_000
    (path / "cats.csv").write_bytes(lines(2_000) + other)
    return path / "cats.csv"


def binary_halfway(path: Path) -> Path:
    (path / "cats.csv").write_bytes(lines(2_000) + bytes(range(256)) * 2_000)
    return path / "cats.csv"


def more_than_fits(path: Path) -> Path:
    places = (b"%d.%d" % divmod(number * 7919 % 899_981, 10_000) for number in range(60_000))
    rows = (ROW.replace(b"24.99", place) for place in places)
    (path / "cats.csv").write_bytes(HEADER + b"".join(rows))
    return path / "cats.csv"


def few_but_their_release_does_not_fit(path: Path) -> Path:
    (path / "cats.csv").write_bytes(lines(10))
    return path / "cats.csv"


def refused(source: Path, out: Path, limit: Callable[[], None] | None, said: str) -> None:
    workspace = source.with_name("workspace")
    workspace.mkdir()
    words = ("atlas", "build", source, "--out", out, "--workspace", workspace)
    run = fieldmark(*words, limit=limit)
    assert run.returncode == Exit.SETUP, run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert list(workspace.iterdir()) == []


def small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES, DISK_BYTES))


@pytest.mark.parametrize(
    ("broken", "limit", "said"),
    [
        (cut_gzip, None, "cats.csv.gz"),
        (bomb, None, "unpacks to more than 200 times its size"),
        (other_shape_halfway, None, "cats.csv"),
        (binary_halfway, None, "cats.csv"),
        (more_than_fits, small_disk, "choose a larger disk with --workspace"),
        (few_but_their_release_does_not_fit, small_disk, "disk"),
    ],
)
def test_what_cannot_be_read_or_written_to_its_end_changes_nothing(
    tmp_path: Path,
    broken: Callable[[Path], Path],
    limit: Callable[[], None] | None,
    said: str,
) -> None:
    out = tmp_path / "out" / "atlas.sqlite"
    out.parent.mkdir()
    out.write_bytes(OLD)

    refused(broken(tmp_path), out, limit, said)

    assert list(out.parent.iterdir()) == [out]
    assert out.read_bytes() == OLD


def test_where_no_release_was_there_is_none_after_a_build_that_failed(tmp_path: Path) -> None:
    out = tmp_path / "out" / "atlas.sqlite"
    out.parent.mkdir()

    refused(few_but_their_release_does_not_fit(tmp_path), out, small_disk, "disk")

    assert list(out.parent.iterdir()) == []
