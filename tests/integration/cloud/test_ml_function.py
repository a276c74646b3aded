"""The ML function under AWS's own runtime client, and the identifier that calls it."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble
from fakes import Recorder
from fieldmark import compose
from fieldmark.adapters.lambda_identifier import INLINE_BYTES, LambdaIdentifier
from fieldmark.domain.position import Position
from fieldmark.errors import (
    NotFound,
    Overloaded,
    PhotoTooLarge,
    PhotoTypeUnsupported,
    SetupError,
    Unavailable,
)
from fieldmark.ports import Question, StoredPhoto
from fieldmark.settings import Settings
from fieldmark.wire import answer_out
from ml_functions import calling, ml_function
from photo_files import photo, picture
from served import ROOT, until
from toy_functions import invoked, lambda_client, toy_function

KOALA = (ROOT / "examples/photos/koala.jpg").read_bytes()
PHOTO = photo(picture())
JULY = Question(at=Position(-24.990417, 31.550417), on=date(2026, 7, 1), name="lion.jpg")


def lines(log: Path) -> list[dict[str, Any]]:
    """Return what a function's log says of photos."""
    found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [line for line in found if line["event"].startswith("photo.")]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ml") / "ml.log"


@pytest.fixture(scope="module")
def called(log: Path) -> Iterator[tuple[LambdaDouble, LambdaIdentifier]]:
    with calling(ml_function(log.parent)) as double_and_identifier:
        yield double_and_identifier


@pytest.fixture(scope="module")
def there(called: tuple[LambdaDouble, LambdaIdentifier]) -> LambdaIdentifier:
    return called[1]


def test_the_function_answers_as_this_process_does(there: LambdaIdentifier) -> None:
    here = compose.local_identifier(Settings())
    for sent, question in ((KOALA, Question()), (KOALA, JULY), (KOALA, Question(use_area="off"))):
        expected = msgspec.to_builtins(answer_out(here.identify(sent, question)))
        found = msgspec.to_builtins(answer_out(there.identify(sent, question)))

        for answer in (expected, found):
            del answer["id"], answer["timing_ms"]
            del answer["area"]["tier"], answer["area"]["age_s"]
        assert found == expected
    here.close()


def test_the_way_is_a_stage_of_its_own(there: LambdaIdentifier) -> None:
    timing_ms = there.identify(KOALA, JULY).timing_ms

    stages = sum(ms for stage, ms in timing_ms.items() if stage != "total")
    assert {"read", "area", "infer", "invoke", "total"} <= timing_ms.keys()
    assert stages == pytest.approx(timing_ms["total"], abs=5.0)


def test_a_bad_photo_is_the_same_error_as_here(there: LambdaIdentifier) -> None:
    with pytest.raises(PhotoTypeUnsupported):
        there.identify(b"no photo", Question())


def test_a_key_without_uploads_is_not_found(there: LambdaIdentifier) -> None:
    with pytest.raises(NotFound, match="send the photo again"):
        there.identify(StoredPhoto("u/1"), Question())


def test_a_photo_too_large_for_a_call_needs_uploads(there: LambdaIdentifier) -> None:
    with pytest.raises(PhotoTooLarge, match="send a smaller copy"):
        there.identify(bytes(INLINE_BYTES + 1), Question())


def test_whoever_calls_hears_of_each_answer(tmp_path: Path) -> None:
    recorder = Recorder()
    with calling(ml_function(tmp_path), recorder) as (_, there):
        there.identify(KOALA, JULY)

    ((name, fields),) = recorder.events
    assert name == "photo.identified"
    assert fields["area_status"] == "fallback"
    assert "invoke_ms" in fields


def test_each_photo_is_one_line_of_the_log_with_its_metrics(
    called: tuple[LambdaDouble, LambdaIdentifier], log: Path
) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    called[1].identify(KOALA, Question(traceparent=traceparent, name="secret-name.jpg"))

    first, *_, last = lines(log)
    assert first["cold_start"] == 1
    assert first["init_ms"] > first["init_import_ms"] > 0
    assert last["cold_start"] == 0
    assert last["traceparent"] == traceparent
    assert last["xray_trace_id"].startswith("Root=1-")
    assert last["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Fieldmark"
    text = log.read_text(encoding="utf-8")
    assert "secret-name" not in text
    assert "24.990417" not in text
    assert "31.550417" not in text


def test_what_cannot_be_answered_here_is_answered_there_side_by_side(
    called: tuple[LambdaDouble, LambdaIdentifier],
) -> None:
    double, there = called
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: there.identify(PHOTO, JULY), range(8)))

    assert len({answer.id for answer in answers}) == 8
    assert 1 <= double.counted("fieldmark", "starts") <= 4


def test_a_function_at_its_limit_is_overloaded(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.sleep", concurrency=1)
    with calling(function) as (double, there), lambda_client(double.url) as client:
        busy = threading.Thread(
            target=lambda: invoked(
                client.invoke(FunctionName=function.name, Payload=b'{"seconds": 1.5}')
            )
        )
        busy.start()
        assert until(lambda: double.counted(function.name, "at_work") == 1)

        with pytest.raises(Overloaded) as refused:
            there.identify(PHOTO, Question())
        busy.join()

    assert refused.value.retry_after_s >= 1.0


@pytest.mark.parametrize(
    ("handler", "says"),
    [
        ("broken.handler", "no such disk"),
        ("sudden.handler", "ExitError"),
        ("toy.raises", "KeyError"),
    ],
)
def test_a_function_that_fails_is_unavailable(tmp_path: Path, handler: str, says: str) -> None:
    with (
        calling(toy_function(tmp_path, handler)) as (_, there),
        pytest.raises(Unavailable, match=says),
    ):
        there.identify(PHOTO, Question())


def test_a_function_that_takes_too_long_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("import time\ndef handler(e, c): time.sleep(30)\n")
    function = toy_function(tmp_path, "late.handler", timeout_s=0.5)
    with (
        calling(function) as (_, there),
        pytest.raises(Unavailable, match=r"Task timed out after 0\.50 seconds"),
    ):
        there.identify(PHOTO, Question())


def test_whoever_calls_waits_no_longer_than_said(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("import time\ndef handler(e, c): time.sleep(30)\n")
    with (
        calling(toy_function(tmp_path, "late.handler"), timeout_s=0.5) as (_, there),
        pytest.raises(Unavailable, match="ReadTimeoutError"),
    ):
        there.identify(PHOTO, Question())


def test_a_process_that_was_killed_is_unavailable_once(tmp_path: Path) -> None:
    with calling(ml_function(tmp_path)) as (double, there):
        there.identify(PHOTO, JULY)
        (pid,) = double.pools["fieldmark"].pids
        os.killpg(pid, signal.SIGKILL)
        assert until(lambda: not Path(f"/proc/{pid}").exists())

        answers = [there.identify(PHOTO, JULY) for _ in range(2)]

        assert len(answers) == 2
        assert double.counted("fieldmark", "starts") == 2


def test_a_function_that_returns_something_else_is_a_fault_of_the_set_up(tmp_path: Path) -> None:
    for handler in ("toy.echo", "toy.environment"):
        function = toy_function(tmp_path, handler)
        with calling(function) as (_, there), pytest.raises(SetupError, match="function toy-"):
            there.identify(PHOTO, Question())


def test_a_function_that_is_not_there_is_a_fault_of_the_set_up(tmp_path: Path) -> None:
    function = ml_function(tmp_path)
    with calling(function) as (double, _):
        other = Function("another", function.handler, function.root)
        there = LambdaIdentifier(other.name, None, Recorder())
        with pytest.raises(SetupError, match="ResourceNotFoundException"):
            there.identify(PHOTO, Question())
        there.close()
        assert double.counted("fieldmark", "starts") == 0


def test_with_no_server_to_call_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:9",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    there = LambdaIdentifier("fieldmark", None, Recorder())

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        there.identify(PHOTO, Question())
    there.close()


def test_with_little_time_left_the_photo_alone_answers(tmp_path: Path) -> None:
    with calling(ml_function(tmp_path), timeout_s=25.0) as (double, there):
        assert there.identify(KOALA, Question()).area.status == "fallback"
        with lambda_client(double.url) as client:
            event = {"version": 1, "photo": photo_text(), "budget_ms": 300}
            response = client.invoke(FunctionName="fieldmark", Payload=json.dumps(event))
            said = json.loads(invoked(response))

    assert said["answer"]["area"]["status"] == "unavailable"
    assert [note["code"] for note in said["answer"]["notes"]].count("area-unavailable") == 1
    assert said["answer"]["best"]["taxon"]["common_name"] == "koala"


def photo_text() -> str:
    """Return the koala in base64."""
    text: str = msgspec.to_builtins(KOALA)
    return text


def test_a_model_that_is_missing_stops_the_start_and_says_so(tmp_path: Path) -> None:
    with (
        calling(ml_function(tmp_path, {"FIELDMARK_MODEL": "/nowhere"})) as (_, there),
        pytest.raises(Unavailable, match="ModelBroken: /nowhere"),
    ):
        there.identify(PHOTO, Question())


def test_a_snapshot_is_primed_and_its_copies_answer(tmp_path: Path) -> None:
    function = ml_function(tmp_path, {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    with calling(function) as (_, there):
        answer = there.identify(KOALA, Question())

    assert answer.best is not None
    assert answer.best.taxon.common_name == "koala"
    told = [line["event"] for line in lines(tmp_path / "ml.log")]
    assert told.count("photo.identified") == 1
