"""A function as the double is told of it, and what comes of an event."""

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

__all__ = ["ACCOUNT", "REGION", "Event", "Function", "Outcome", "failed"]

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
_VERSION: Final = "$LATEST"


@dataclass(frozen=True, slots=True)
class Function:
    """What is deployed: the code below ``root``, and how it is to run.

    ``is_sealed`` shows the code the standard library, ``root`` and the runtime client, and nothing
    else that happens to be installed here. ``log`` is a file that takes what the code writes.
    """

    name: str
    handler: str
    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 1769
    timeout_s: float = 30.0
    init_s: float = 10.0
    concurrency: int = 10
    idle_s: float = 300.0
    log: Path | None = None
    is_sealed: bool = False

    @property
    def arn(self) -> str:
        """Its name as AWS writes it."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"

    def variables(self, runtime_api: str, path: str) -> Mapping[str, str]:
        """Return the variables of an environment, those of Lambda and its own."""
        python = ".".join(platform.python_version_tuple()[:2])
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": path,
            **({"PYTHONDONTWRITEBYTECODE": "1"} if self.is_sealed else {}),
            "LAMBDA_TASK_ROOT": str(self.root),
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_SESSION_TOKEN": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{python}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": _VERSION,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "double",
            **self.environment,
            "_HANDLER": self.handler,
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """An event on its way to an environment."""

    request_id: str
    payload: bytes
    trace_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an event; ``error`` is None, or ``Unhandled``.

    ``duration_ms`` is how long its environment had it: what Lambda reports and bills.
    """

    payload: bytes
    error: str | None = None
    duration_ms: float = 0.0


def failed(kind: str, request_id: str, text: str) -> Outcome:
    """Return the outcome where the environment could not answer, in the service's own words."""
    said = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}
    return Outcome(json.dumps(said).encode(), "Unhandled")
