"""The ML function behind the double of Lambda, and who calls it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from cloud.lambda_double.function import REGION, Function
from cloud.lambda_double.running import LambdaDouble, lambda_double
from fakes import Recorder
from fieldmark.adapters.lambda_identifier import LambdaIdentifier
from fieldmark.ports import Observer, Uploads
from served import ROOT

__all__ = ["HANDLER", "calling", "ml_function"]

HANDLER: Final = "fieldmark.entrypoints.aws_lambda.handler"
_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
}


def ml_function(folder: Path, environment: Mapping[str, str] | None = None) -> Function:
    """Return the function of this checkout with those settings; its log lies in the folder."""
    own = {"FIELDMARK_METRICS": "emf", **(environment or {})}
    log = folder / "ml.log"
    return Function("fieldmark", HANDLER, ROOT / "src", own, concurrency=4, log=log)


@contextmanager
def calling(
    function: Function,
    observer: Observer | None = None,
    uploads: Uploads | None = None,
    **changed: Any,  # any further argument of LambdaIdentifier
) -> Iterator[tuple[LambdaDouble, LambdaIdentifier]]:
    """Yield the double with the function, and the identifier that calls it."""
    with lambda_double([function]) as double, pytest.MonkeyPatch.context() as patch:
        for name, value in _CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL_LAMBDA", double.url)
        identifier = LambdaIdentifier(function.name, uploads, observer or Recorder(), **changed)
        yield double, identifier
        identifier.close()
