"""A service whose S3 fails for a while loses no answer: its log gives back the same ids."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.entrypoints.cli.app import run
from s3_faults import FaultyS3, faulty
from s3_server import Bucket
from served import until
from website import EXAMPLES

HANG_S = 60
MAIN = "from fieldmark.entrypoints.cli import main; main()"
PHOTO = (EXAMPLES / "koala.jpg").read_bytes()


@dataclass(frozen=True, slots=True)
class Serving:
    """A service in a process of its own, and the file that its log goes to."""

    client: httpx.Client

    def identify(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/v1/identify", content=PHOTO).json()
        return answer


@contextmanager
def serving(log: Path) -> Iterator[Serving]:
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "serve", "--port", "0"], stderr=file, env=os.environ
        )
    try:
        assert until(lambda: "Fieldmark serves on" in log.read_text(encoding="utf-8"))
        first = log.read_text(encoding="utf-8").splitlines()[0]
        url = first.removeprefix("Fieldmark serves on ").split()[0]
        with httpx.Client(base_url=url, timeout=HANG_S) as client:
            yield Serving(client)
    finally:
        process.terminate()
        process.wait(HANG_S)


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """Return the proxy that AWS's variables lead to now."""
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        monkeypatch.setenv("FIELDMARK_JOURNAL", f"s3://{bucket.name}/journal")
        yield state


def notes(answer: dict[str, Any]) -> set[str]:
    return {note["code"] for note in answer["notes"]}


@pytest.mark.parametrize("fault", [(503, "SlowDown"), (403, "AccessDenied"), "hang"])
def test_what_s3_refused_is_in_the_log_and_comes_back_under_the_same_ids(
    proxy: FaultyS3, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: Any
) -> None:
    log = tmp_path / "log"
    with serving(log) as service:
        kept = service.identify()
        proxy.fault = fault
        deferred = [service.identify() for _ in range(3)]
        proxy.fault = None
        after: list[dict[str, Any]] = []
        assert until(lambda: _is_kept(after, service))

        assert "answer-not-kept" not in notes(kept)
        assert all("answer-not-kept" in notes(answer) for answer in deferred)
        assert all(answer["best"]["taxon"]["common_name"] == "koala" for answer in deferred)
        waiting = [answer for answer in [*deferred, *after] if "answer-not-kept" in notes(answer)]
        one = f"/v1/answers/{deferred[0]['id']}"
        assert service.client.get(one).status_code == 404

        assert run(["journal", "recover", str(log)]) == 0
        assert run(["journal", "recover", str(log)]) == 0

        said = capsys.readouterr().out.splitlines()
        number = len(waiting)
        assert said == [
            f"{number} taken in, 0 there already, 0 broken",
            f"0 taken in, {number} there already, 0 broken",
        ]
        everything = {answer["id"] for answer in [kept, *deferred, *after]}
        with closing(S3Journal(bucket.at("journal/"))) as journal:
            assert {id_ for id_ in everything if journal.find(id_)} == everything
        assert service.client.get(one).json()["best"] == deferred[0]["best"]
        token = {"X-Delete-Token": deferred[0]["delete_token"]}
        assert service.client.delete(one, headers=token).status_code == 204
        assert service.client.get(one).status_code == 404


def _is_kept(answers: list[dict[str, Any]], service: Serving) -> bool:
    answers.append(service.identify())
    return "answer-not-kept" not in notes(answers[-1])
