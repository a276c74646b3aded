"""The double of Lambda keeps the promises that code on Lambda builds on."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble, lambda_double
from served import HANG_S, ROOT, until
from toy_functions import invoked, lambda_client, toy_function

Call = Any


@contextmanager
def serving(function: Function) -> Iterator[tuple[LambdaDouble, Call]]:
    """Yield the double, and what calls the function and returns what it returned."""
    with lambda_double([function]) as double, lambda_client(double.url, 32) as client:

        def call(event: object, **more: Any) -> Any:
            response = client.invoke(FunctionName=function.name, Payload=json.dumps(event), **more)
            returned = json.loads(invoked(response) or b"null")
            error = response.get("FunctionError")
            return (error, returned) if error else returned

        yield double, call


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Not a zombie that nobody has asked for yet.
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1][0] != "Z"


def test_an_event_reaches_the_handler_with_its_context(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.echo", memory_mb=3008)) as (_, call):
        said = call({"lion": 1, "text": "ä"})

    assert said["event"] == {"lion": 1, "text": "ä"}
    assert said["memory"] == "3008"
    assert 0 < said["left_ms"] <= 30_000
    assert said["trace"].startswith("Root=1-")
    assert said["cwd"] == str(tmp_path)
    assert len(said["id"]) == 36


def test_the_environment_is_told_what_lambda_tells(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.environment", environment={"FIELDMARK_ATLAS": "a"})
    with serving(function) as (_, call):
        said = call({})

    assert said["AWS_LAMBDA_FUNCTION_NAME"] == "toy-environment"
    assert said["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "1769"
    assert said["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert said["LAMBDA_TASK_ROOT"] == str(tmp_path)
    assert said["AWS_REGION"] == "eu-central-1"
    assert said["FIELDMARK_ATLAS"] == "a"
    assert "HOME" not in said
    assert not [name for name in said if name.startswith("PYTEST")]


def test_events_one_after_the_other_meet_the_same_process(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.echo")) as (double, call):
        said = [call(number) for number in range(5)]

        assert [one["calls"] for one in said] == [1, 2, 3, 4, 5]
        assert len({one["pid"] for one in said}) == 1
        assert double.counted("toy-echo", "starts") == 1


def test_events_at_once_meet_as_many_processes(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.sleep")) as (double, call):
        with ThreadPoolExecutor(10) as pool:
            pids = set(pool.map(call, [{"seconds": 1.5}] * 10))

        assert len(pids) == 10
        assert double.counted("toy-sleep", "starts") == 10


def test_above_its_limit_a_function_is_throttled(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.sleep", concurrency=1)) as (double, call):

        def at_work() -> bool:
            return double.counted("toy-sleep", "at_work") == 1

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(call, {"seconds": 1.0})
            assert until(at_work)
            with pytest.raises(ClientError) as refused:
                call({"seconds": 0})
            assert first.result(HANG_S)
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert double.counted("toy-sleep", "throttles") == 1
        assert call({"seconds": 0})


def test_between_two_events_a_process_is_frozen(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.ticks")) as (double, call):
        call({})
        (pid,) = double.pools["toy-ticks"].pids
        stat = Path(f"/proc/{pid}/stat")
        assert until(lambda: stat.read_text(encoding="ascii").rsplit(") ", 1)[1][0] == "T")
        used = _ticks_of(stat)
        threading.Event().wait(0.3)

        assert _ticks_of(stat) == used
        assert isinstance(call({}), int)


def _ticks_of(stat: Path) -> list[str]:
    """Return how long a process has run, as the kernel counts it."""
    return stat.read_text(encoding="ascii").rsplit(") ", 1)[1].split()[11:13]


def test_an_event_that_takes_too_long_ends_its_process_and_the_next_gets_another(
    tmp_path: Path,
) -> None:
    with serving(toy_function(tmp_path, "toy.sleep", timeout_s=1.0)) as (double, call):
        pid = call({"seconds": 0})

        error, said = call({"seconds": 60})

        assert error == "Unhandled"
        assert said["errorType"] == "Sandbox.Timedout"
        assert "Task timed out after 1.00 seconds" in said["errorMessage"]
        assert not is_there(pid)
        assert call({"seconds": 0}) != pid
        assert double.counted("toy-sleep", "starts") == 2


def test_a_process_that_leaves_is_an_error_and_the_next_event_gets_another(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.leaves")) as (double, call):
        for code in (0, 3):
            error, said = call({"code": code})

            assert error == "Unhandled"
            assert said["errorType"] == "Runtime.ExitError"
            assert f"exit status {code}" in said["errorMessage"]
        assert double.counted("toy-leaves", "environments") == 0


def test_what_a_handler_raises_is_told_and_its_process_lives_on(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.raises")) as (double, call):
        error, said = call({})

        assert error == "Unhandled"
        assert said["errorType"] == "KeyError"
        assert "no such thing" in said["errorMessage"]
        call({})
        assert double.counted("toy-raises", "starts") == 1


def test_a_crash_at_the_start_is_told_by_the_first_event(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "broken.handler")) as (double, call):
        error, said = call({})

        assert (error, said["errorType"]) == ("Unhandled", "OSError")
        assert "no such disk" in said["errorMessage"]
        assert double.counted("broken-handler", "environments") == 0


def test_an_end_at_the_start_is_told_by_the_first_event(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "sudden.handler")) as (_, call):
        error, said = call({})

        assert (error, said["errorType"]) == ("Unhandled", "Runtime.ExitError")
        assert "exit status 7" in said["errorMessage"]


def test_a_start_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "slow.handler", init_s=1.0)) as (double, call):
        error, said = call({})

        assert (error, said["errorType"]) == ("Unhandled", "Sandbox.Timedout")
        assert double.counted("slow-handler", "environments") == 0


def test_what_nobody_needs_any_more_is_ended(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.echo", idle_s=0.2)) as (double, call):
        pid = call({})["pid"]

        assert until(lambda: double.counted("toy-echo", "environments") == 0)
        assert not is_there(pid)
        assert call({})["calls"] == 1


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.starts_another")) as (double, call):
        pid = call({})
        assert is_there(pid)
        (parent,) = double.pools["toy-starts_another"].pids

    assert until(lambda: not is_there(pid))
    assert not is_there(parent)


def test_an_event_of_more_than_six_megabytes_is_refused(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.length")) as (_, call):
        assert call("x" * (6 * 1024 * 1024 - 2)) == 6 * 1024 * 1024 - 2
        with pytest.raises(ClientError, match="RequestTooLargeException"):
            call("x" * 6 * 1024 * 1024)


def test_an_answer_of_more_than_six_megabytes_is_an_error(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.large")) as (_, call):
        error, said = call({"size": 6 * 1024 * 1024})

    assert (error, said["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_who_does_not_wait_is_told_at_once_and_the_event_is_answered(tmp_path: Path) -> None:
    with serving(toy_function(tmp_path, "toy.echo")) as (double, call):
        assert call({}, InvocationType="Event") is None

        assert until(lambda: double.counted("toy-echo", "frozen") == 1)
        assert call({})["calls"] == 2


def test_the_time_that_lambda_would_bill_is_told(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.sleep")
    with lambda_double([function]) as double, lambda_client(double.url) as client:
        response = client.invoke(FunctionName=function.name, Payload=b'{"seconds": 0.2}')
        headers = response["ResponseMetadata"]["HTTPHeaders"]

    assert 200.0 <= float(headers["x-double-duration-ms"]) < 30_000.0


def test_a_function_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.echo")
    with lambda_double([function]) as double, lambda_client(double.url) as client:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            client.invoke(FunctionName="nothing", Payload=b"{}")
        assert client.invoke(FunctionName=f"{function.arn}:live", Payload=b"1")["StatusCode"] == 200


def test_sealed_code_sees_itself_and_what_lambda_has(tmp_path: Path) -> None:
    (tmp_path / "own.py").touch()
    function = toy_function(tmp_path, "toy.modules", is_sealed=True)
    with serving(function) as (_, call):
        found = call(["own", "awslambdaric", "snapshot_restore_py", "numpy", "boto3", "fieldmark"])

    assert found == ["own", "awslambdaric", "snapshot_restore_py", "boto3"]


def test_a_double_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    function = toy_function(tmp_path, "toy.echo")
    command = [sys.executable, "-m", "cloud.lambda_double", function.name, "--port", "0"]
    command += ["--handler", function.handler, "--root", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as double:
        try:
            assert double.stdout is not None
            url = double.stdout.readline().split()[-1]
            with lambda_client(url) as client:
                said = json.loads(invoked(client.invoke(FunctionName=function.name)))
        finally:
            double.send_signal(signal.SIGKILL)

    assert until(lambda: not is_there(said["pid"]))
