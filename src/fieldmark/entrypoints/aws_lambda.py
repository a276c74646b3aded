"""The ML service on AWS Lambda: its parts are made once, when the environment starts.

Set the function's handler to ``fieldmark.entrypoints.aws_lambda.handler``. The model is opened at
once, what stands elsewhere when the first photo needs it.
"""

import gc
import os
import sys
import time
import types

_STARTED_S = time.perf_counter()

# h3 reads its own version when it is imported, with the standard library's reader of e-mail behind
# it: a tenth of what importing all of this takes, for a number that nobody here asks for.
_H3_VERSION = types.ModuleType("h3._version")
_H3_VERSION.__dict__["__version__"] = "unread"
sys.modules.setdefault(_H3_VERSION.__name__, _H3_VERSION)

from fieldmark import compose  # noqa: E402  # the imports are what is timed
from fieldmark.entrypoints.countdown import Countdown  # noqa: E402
from fieldmark.entrypoints.ml_function import Context, MlFunction  # noqa: E402
from fieldmark.settings import Settings  # noqa: E402
from fieldmark.telemetry import Told  # noqa: E402

_IMPORTED_S = time.perf_counter()

__all__ = ["handler"]

_MB_OF_A_CORE = 1769
"""Lambda gives so much memory a whole core, and cores in proportion."""

_ANSWERING_S = 1.0
"""Where everything fails at once the tiers take 0.7 s; the rest is for looking and answering."""


def handler(event: object, context: Context) -> object:
    """Answer one event; see MlFunction.answer."""
    return _function.answer(event, context, os.environ.get("_X_AMZN_TRACE_ID"))


def _threads(memory_mb: int) -> int:
    """Return how many cores a function of so much memory has for one photo."""
    return max(1, memory_mb // _MB_OF_A_CORE)


def _made() -> MlFunction:
    settings = Settings.from_environment()
    memory_mb = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", _MB_OF_A_CORE))
    start_s = time.perf_counter()
    model = compose.classifier(settings, _threads(memory_mb))
    model_s = time.perf_counter()
    countdown = Countdown()
    told = Told(compose.function_observer(settings))
    areas = compose.hurried_areas(settings, countdown.left_s, _ANSWERING_S, told)
    identifier = compose.local_identifier(settings, model, areas, told)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from fieldmark.entrypoints import snapshots  # noqa: PLC0415  # nobody else pays for it

        snapshots.register(identifier)
    of_init_ms = {
        "init_import_ms": round((_IMPORTED_S - _STARTED_S) * 1e3, 1),
        "init_model_ms": round((model_s - start_s) * 1e3, 1),
        "init_ms": round((time.perf_counter() - _STARTED_S) * 1e3, 1),
    }
    return MlFunction(
        identifier, compose.objects, told, countdown, settings.max_photo_bytes, of_init_ms
    )


_function = _made()
gc.freeze()  # what was made stays: looking through it again and again costs 0.2 ms an event
