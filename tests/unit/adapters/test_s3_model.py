"""A model bundle in S3: fetched once, checked, and served from its copy."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark import compose
from fieldmark.adapters import s3_model
from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.adapters.s3_model import fetched_bundle
from fieldmark.errors import ModelBroken, SettingInvalid, StoreRefused
from fieldmark.settings import Settings
from s3_faults import FaultyS3, faulty
from s3_server import Bucket
from toy_model import toy_zip

HANG_S = 60
KEY = "models/toy 1.zip"
FETCH = """
import sys
from pathlib import Path
from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.adapters.s3_model import fetched_bundle
print(fetched_bundle(S3Bucket(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
"""


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """Return the proxy that AWS's variables lead to now."""
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        yield state


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    return toy_zip(tmp_path / "toy.zip").read_bytes()


@pytest.fixture
def other(tmp_path: Path) -> bytes:
    """Return another version."""
    return toy_zip(tmp_path / "other.zip", "folder/").read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_bundle_is_fetched_once(
    proxy: FaultyS3, bucket: Bucket, tmp_path: Path, packed: bytes
) -> None:
    bucket.at().put(KEY, packed)
    proxy.asked.clear()

    paths = [fetched_bundle(bucket.at(), KEY, tmp_path / "cache") for _ in range(3)]

    assert len({*paths}) == 1
    assert paths[0].read_bytes() == packed
    assert paths[0].name == "toy_1.zip"
    assert len(proxy.asked) == 3
    assert files(tmp_path / "cache") == [".lock", ".version", "toy_1.zip"]


def test_a_new_version_takes_the_place_of_the_old(
    bucket: Bucket, tmp_path: Path, packed: bytes, other: bytes
) -> None:
    bucket.at().put(KEY, packed)
    fetched_bundle(bucket.at(), KEY, tmp_path / "cache")
    bucket.at().put(KEY, other)

    path = fetched_bundle(bucket.at(), KEY, tmp_path / "cache")

    assert path.read_bytes() == other


def test_bundles_of_one_name_in_two_places_are_two(
    bucket: Bucket, tmp_path: Path, packed: bytes, other: bytes
) -> None:
    bucket.at().put("a/x.zip", packed)
    bucket.at().put("b/x.zip", other)

    paths = [fetched_bundle(bucket.at(), key, tmp_path / "c") for key in ("a/x.zip", "b/x.zip")]

    assert [path.read_bytes() for path in paths] == [packed, other]


@pytest.mark.parametrize("fault", [(503, "SlowDown"), "drop"])
def test_without_s3_the_copy_serves_and_it_says_so(
    proxy: FaultyS3,
    bucket: Bucket,
    tmp_path: Path,
    packed: bytes,
    caplog: pytest.LogCaptureFixture,
    fault: tuple[int, str] | str,
) -> None:
    bucket.at().put(KEY, packed)
    path = fetched_bundle(bucket.at(), KEY, tmp_path / "cache")
    proxy.fault = fault

    assert fetched_bundle(bucket.at(), KEY, tmp_path / "cache") == path

    assert "its copy" in caplog.text


def test_without_s3_and_without_a_copy_there_is_no_model(
    proxy: FaultyS3, bucket: Bucket, tmp_path: Path
) -> None:
    proxy.fault = (503, "SlowDown")

    with pytest.raises(ModelBroken, match="no copy is here"):
        fetched_bundle(bucket.at(), KEY, tmp_path / "cache")


def test_a_bundle_that_is_not_what_it_says_is_not_kept(
    bucket: Bucket, tmp_path: Path, packed: bytes
) -> None:
    bucket.at().put(KEY, packed)
    fetched_bundle(bucket.at(), KEY, tmp_path / "cache")
    bucket.at().put(KEY, packed[:-100])

    with pytest.raises(ModelBroken):
        fetched_bundle(bucket.at(), KEY, tmp_path / "cache")

    (kept,) = (tmp_path / "cache").rglob("toy_1.zip")
    assert kept.read_bytes() == packed
    assert files(tmp_path / "cache") == [".lock", ".version", "toy_1.zip"]


def test_what_is_missing_or_too_large_is_named(
    bucket: Bucket, tmp_path: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelBroken, match="there is no such object"):
        fetched_bundle(bucket.at(), "nothing.zip", tmp_path / "cache")
    monkeypatch.setattr(s3_model, "MOST_BYTES", 10)
    bucket.at().put(KEY, packed)
    with pytest.raises(ModelBroken, match="at most 10"):
        fetched_bundle(bucket.at(), KEY, tmp_path / "cache")
    with pytest.raises(StoreRefused, match="no such bucket"):
        fetched_bundle(S3Bucket("test-no-such-bucket"), KEY, tmp_path / "cache")


def test_a_cache_that_is_no_folder_says_what_to_do(
    bucket: Bucket, tmp_path: Path, packed: bytes
) -> None:
    bucket.at().put(KEY, packed)
    (tmp_path / "cache").write_bytes(b"")

    with pytest.raises(ModelBroken, match="let XDG_CACHE_HOME name"):
        fetched_bundle(bucket.at(), KEY, tmp_path / "cache")


def test_what_a_killed_process_left_is_taken_away(
    bucket: Bucket, tmp_path: Path, packed: bytes
) -> None:
    bucket.at().put(KEY, packed)
    home = fetched_bundle(bucket.at(), KEY, tmp_path / "cache").parent
    (home / ".partial-x").write_bytes(bytes(1000))

    fetched_bundle(bucket.at(), KEY, tmp_path / "cache")

    assert files(home) == [".lock", ".version", "toy_1.zip"]


def test_processes_that_start_at_once_fetch_it_once(
    proxy: FaultyS3, bucket: Bucket, tmp_path: Path, packed: bytes
) -> None:
    bucket.at().put(KEY, packed)
    proxy.sent_bytes = 0
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FETCH, bucket.name, KEY, str(tmp_path / "cache")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    found = {process.communicate(timeout=HANG_S)[0].strip() for process in processes}

    assert [process.returncode for process in processes] == [0, 0, 0]
    (path,) = found
    assert Path(path).read_bytes() == packed
    assert len(packed) <= proxy.sent_bytes < 2 * len(packed)


def test_the_setting_names_a_bundle_in_s3(
    bucket: Bucket, tmp_path: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.at().put(KEY, packed)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    settings = Settings.from_environment({"FIELDMARK_MODEL": f"s3://{bucket.name}/{KEY}"})

    path = compose.model_path(settings)

    assert path.is_relative_to(tmp_path / "cache/fieldmark/models")
    assert open_bundle(path).labels


def test_on_lambda_copies_lie_where_it_lets_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "ml")

    assert Settings().cache_folder == Path("/tmp/fieldmark")  # noqa: S108  # Lambda's own


@pytest.mark.parametrize("text", ["s3://", "s3://bucket", "s3://bucket/", "s3://b/x.zip?y=1"])
def test_an_address_that_names_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="FIELDMARK_MODEL"):
        Settings.from_environment({"FIELDMARK_MODEL": text})
