"""Functions without a model, for the double of Lambda: each does one thing that functions do."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from cloud.lambda_double.function import REGION, Function

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

__all__ = ["invoked", "lambda_client", "toy_function"]

_CODE: Final = '''
import os, subprocess, sys, time

CALLS = []

def echo(event, context):
    CALLS.append(event)
    return {
        "event": event, "calls": len(CALLS), "pid": os.getpid(), "id": context.aws_request_id,
        "left_ms": context.get_remaining_time_in_millis(), "memory": context.memory_limit_in_mb,
        "trace": os.environ["_X_AMZN_TRACE_ID"], "cwd": os.getcwd(),
    }

def environment(event, context):
    return dict(os.environ)

def sleep(event, context):
    time.sleep(event["seconds"])
    return os.getpid()

def starts_another(event, context):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid

def leaves(event, context):
    os._exit(event["code"])

def raises(event, context):
    raise KeyError("no such thing")

def ticks(event, context):
    """Return how often a thread of an earlier event has counted since."""
    import threading
    if not CALLS:
        CALLS.append(0)
        def count():
            while True:
                CALLS[0] += 1
                time.sleep(0.001)
        threading.Thread(target=count, daemon=True).start()
    return CALLS[0]

def length(event, context):
    return len(event)

def large(event, context):
    return "x" * event["size"]

def modules(event, context):
    found = []
    for name in event:
        try:
            __import__(name)
            found.append(name)
        except ImportError:
            pass
    return found
'''
_BROKEN: Final = "raise OSError('no such disk')\n"
_SUDDEN: Final = "import os\nos._exit(7)\n"
_SLOW: Final = "import time\ntime.sleep(60)\n"
_FILES: Final = {"toy.py": _CODE, "broken.py": _BROKEN, "sudden.py": _SUDDEN, "slow.py": _SLOW}


def toy_function(folder: Path, handler: str, **changed: Any) -> Function:  # any field of it
    """Return a function of that handler, its code written to the folder."""
    for name, code in _FILES.items():
        (folder / name).write_text(code, encoding="utf-8")
    name = handler.replace(".", "-")
    return Function(name, handler, folder, log=folder / "log.txt", **changed)


@contextmanager
def lambda_client(url: str, calls: int = 10) -> "Iterator[LambdaClient]":
    """Yield a client of the service at that address; it tries nothing twice."""
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=calls)
    with closing(
        boto3.session.Session(
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106  # nobody looks at it
            region_name=REGION,
        ).client("lambda", endpoint_url=url, config=config)
    ) as client:
        yield client


def invoked(response: Mapping[str, Any]) -> bytes:
    """Return what a function returned."""
    with response["Payload"] as body:
        data: bytes = body.read()
    return data
