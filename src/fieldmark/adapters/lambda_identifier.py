"""The ML service as a function of AWS Lambda, called for one photo at a time."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, cast

import msgspec

from fieldmark.domain.answer import Answer
from fieldmark.errors import ExtraMissing, Overloaded, PhotoTooLarge, SetupError, Unavailable
from fieldmark.identify import report
from fieldmark.ports import Observer, Question, StoredPhoto, Uploads
from fieldmark.wire import InvocationOut, answer_of, error_of, invocation_of

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_lambda import LambdaClient

__all__ = ["INLINE_BYTES", "LambdaIdentifier"]

INLINE_BYTES: Final = 3 * 1024 * 1024
"""A larger photo is laid down and named: an invocation takes 6 MB, and base64 adds a third."""

_THROTTLED: Final = frozenset({"TooManyRequestsException", "ThrottlingException"})
_REFUSED: Final = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)
_CONNECT_S: Final = 1.0
_RETRY_S: Final = 2.0
"""Lambda adds 1,000 environments in ten seconds: what is refused now finds room soon."""


class LambdaIdentifier:
    """See ports.Identifier. Calls a function; threads may share it.

    Args:
        function: its name or ARN, with or without a version or an alias.
        uploads: where photos are laid that are too large to be sent along; without one they are
            refused.
        observer: hears of each answer, as it would if the photo had been identified here.
        concurrency: calls at once; the next one waits.
        timeout_s: how long a call may take; nothing tries again.
    Raises:
        ExtraMissing: there is no client of AWS to call it with.
    """

    def __init__(
        self,
        function: str,
        uploads: Uploads | None,
        observer: Observer,
        concurrency: int = 8,
        timeout_s: float = 25.0,
    ) -> None:
        if find_spec("botocore") is None:
            raise ExtraMissing(
                "FIELDMARK_ML names a function, and calling it needs an extra: "
                "pip install 'fieldmark[aws]'"
            )
        self._function = function
        self._uploads = uploads
        self._observer = observer
        self._concurrency = concurrency
        self._timeout_s = timeout_s
        self._free = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._made: LambdaClient | None = None

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        if not self._free.acquire(timeout=self._timeout_s):
            raise Overloaded("every call to the function is taken", _RETRY_S)
        try:
            start_s = time.perf_counter()
            with self._within_a_call(photo) as sent:
                answer = self._answer(sent, question)
            answer = replace(answer, timing_ms=_timing(answer, time.perf_counter() - start_s))
        finally:
            self._free.release()
        report(self._observer, answer)
        return answer

    def close(self) -> None:
        """See ports.Identifier."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None
        if self._uploads is not None:
            self._uploads.close()

    @contextmanager
    def _within_a_call(self, photo: bytes | StoredPhoto) -> Iterator[bytes | StoredPhoto]:
        """Yield the photo as it fits into a call; what is laid down for it is taken away again."""
        if isinstance(photo, StoredPhoto) or len(photo) <= INLINE_BYTES:
            yield photo
            return
        if self._uploads is None:
            raise PhotoTooLarge(
                f"the photo has {len(photo):,} bytes and this service takes {INLINE_BYTES:,}; "
                "send a smaller copy"
            )
        key = self._uploads.put(photo)
        try:
            yield StoredPhoto(key)
        finally:
            # What cannot be taken away now goes within a day by the store's own rule.
            with suppress(Unavailable, SetupError):
                self._uploads.delete(key)

    def _answer(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        invocation = invocation_of(photo, question, int(self._timeout_s * 1e3))
        payload = self._invoke(msgspec.json.encode(invocation))
        try:
            outcome = msgspec.json.decode(payload, type=InvocationOut)
            if outcome.answer is not None:
                return answer_of(outcome.answer, outcome.ancestors)
        except (msgspec.MsgspecError, ValueError) as error:
            raise SetupError(
                f"the function {self._function} returned what is no answer of version 1: {error}; "
                "it must be of this service's version"
            ) from error
        if outcome.problem is None:
            raise SetupError(f"the function {self._function} returned neither answer nor problem")
        raise error_of(outcome.problem, outcome.retry_after_s)

    def _invoke(self, payload: bytes) -> bytes:
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            ParamValidationError,
            PartialCredentialsError,
        )

        try:
            response = self._client().invoke(FunctionName=self._function, Payload=payload)
            returned = response["Payload"].read()
        except ClientError as error:
            raise self._refusal(error) from error
        except (NoCredentialsError, PartialCredentialsError, ParamValidationError) as error:
            raise SetupError(f"the function {self._function} cannot be called: {error}") from error
        except BotoCoreError as error:
            raise Unavailable(
                f"the function {self._function} did not answer: {type(error).__name__}"
            ) from error
        if response.get("FunctionError"):
            raise Unavailable(f"the function {self._function} failed: {_said(returned)}")
        return returned

    def _refusal(self, error: "ClientError") -> Exception:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _THROTTLED:
            return Overloaded("more photos came than the function takes at once", _RETRY_S)
        if code in _REFUSED:
            return SetupError(f"the function {self._function} cannot be called: {code}")
        return Unavailable(f"the function {self._function} cannot be called now: {code}")

    def _client(self) -> "LambdaClient":
        with self._lock:
            if self._made is None:
                self._made = self._new_client()
            return self._made

    def _new_client(self) -> "LambdaClient":
        # botocore is boto3 without its object layer: half the time to import.
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415

        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=self._timeout_s,
            max_pool_connections=self._concurrency,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
        )
        region = os.environ.get("AWS_REGION")  # botocore knows the older AWS_DEFAULT_REGION only
        try:
            client = Session().create_client("lambda", region_name=region, config=config)
        except (BotoCoreError, ValueError) as error:
            raise SetupError(f"the function {self._function} cannot be called: {error}") from error
        return cast("LambdaClient", client)


def _timing(answer: Answer, seconds: float) -> dict[str, float]:
    """Return the stages there, and as one of their own what the way took."""
    total_ms = seconds * 1e3
    there = dict(answer.timing_ms)
    way_ms = max(0.0, total_ms - there.pop("total", 0.0))
    return {**there, "invoke": way_ms, "total": total_ms}


def _said(payload: bytes) -> str:
    """Return what the runtime says of a function that failed, in a few words."""
    try:
        error = msgspec.json.decode(payload, type=dict[str, object])
    except msgspec.MsgspecError:
        return "without a word"
    kind, text = str(error.get("errorType", "")), str(error.get("errorMessage", ""))
    return f"{kind}: {text}"[:300].strip(": ")
