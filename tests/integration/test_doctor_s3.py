"""``fieldmark doctor`` about places in S3: a cheap look, no write, no secret."""

import os
from collections.abc import Iterator

import pytest

from fieldmark.entrypoints.cli.app import run
from s3_faults import FaultyS3, faulty
from s3_server import Bucket

PARTS = ("journal", "photos", "uploads")


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """Return the proxy that AWS's variables lead to, with everything in the bucket behind it."""
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        for name in ("JOURNAL", "BLOBS", "UPLOADS"):
            monkeypatch.setenv(f"FIELDMARK_{name}", f"s3://{bucket.name}/{name.lower()}")
        monkeypatch.setenv("FIELDMARK_KEEP_PHOTOS", "yes")
        yield state


def test_it_says_what_answers_by_one_read_each(
    proxy: FaultyS3, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor"]) == 0

    out = capsys.readouterr().out
    for part in PARTS:
        (line,) = [line for line in out.splitlines() if line.startswith(f"ok      {part}")]
        assert f"s3://{bucket.name}/" in line
        assert "which answers" in line
    assert [method for method, _ in proxy.asked] == ["GET"] * 3
    assert bucket.all_keys() == []


def test_it_says_what_does_not_answer_and_what_to_do(
    proxy: FaultyS3, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.fault = (403, "AccessDenied")

    assert run(["doctor"]) == 3

    out = capsys.readouterr().out
    assert out.count("BROKEN") == 3
    assert out.count("allow s3:GetObject") == 3


def test_it_shows_no_secret(proxy: FaultyS3, capsys: pytest.CaptureFixture[str]) -> None:
    assert proxy.fault is None

    run(["doctor"])

    out, err = capsys.readouterr()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert os.environ[name] not in out + err
