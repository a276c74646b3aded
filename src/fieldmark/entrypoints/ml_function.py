"""The ML function: an event → photos → the pipeline → what the event asks for.

It runs in an environment that answers one event at a time and is frozen in between.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from fieldmark.domain.answer import Answer
from fieldmark.entrypoints.countdown import Countdown
from fieldmark.entrypoints.ml_events import (
    Lying,
    answer_key,
    is_item,
    item_of,
    items_of,
    notified,
    said_key,
)
from fieldmark.entrypoints.problems import problem_of
from fieldmark.errors import FieldmarkError, NotFound, RequestError
from fieldmark.ports import Identifier, Objects, Question
from fieldmark.telemetry import Told
from fieldmark.wire import (
    AnswerOut,
    FailureOut,
    InvocationOut,
    answer_out,
    ask_of,
    journal_document,
    outcome_of,
    read_invocation,
)

__all__ = ["Context", "MlFunction"]

_JSON = "application/json"

_Fields = dict[str, str | float | bool | None]


class Context(Protocol):
    """What the Lambda runtime says of an event."""

    aws_request_id: str
    memory_limit_in_mb: str
    function_version: str

    def get_remaining_time_in_millis(self) -> int:
        """Return how long until the environment is stopped."""
        ...


class MlFunction:
    """The running parts, and what to do with an event.

    Args:
        identifier: the pipeline.
        open_objects: opens where notified and listed photos lie; called when the first one comes.
        told: who hears of each photo.
        countdown: what the pipeline's parts look at when time is short.
        most_bytes: how large a photo may be.
        of_init_ms: how long the parts took to make; said once, with the first photo.
    """

    def __init__(
        self,
        identifier: Identifier,
        open_objects: Callable[[], Objects],
        told: Told,
        countdown: Countdown,
        most_bytes: int,
        of_init_ms: Mapping[str, float],
    ) -> None:
        self._identifier = identifier
        self._open_objects = open_objects
        self._opened: Objects | None = None
        self._told = told
        self._countdown = countdown
        self._most_bytes = most_bytes
        self._of_init_ms = of_init_ms
        self._about: _Fields = {}
        self._is_cold = True

    def answer(self, event: object, context: Context, trace_id: str | None = None) -> object:
        """Return what the event asks for, as JSON's own types.

        A photo or a question that cannot be answered is a problem in what returns. Where a part is
        missing or does not answer, the caller of an invocation is told so as well; the event of a
        store or a map fails as a whole, for its sender to send it again.

        Raises:
            SetupError: a needed part is missing or broken, and nobody waits for the answer.
            Unavailable: likewise, it does not answer.
        """
        self._begin(context, trace_id)
        if isinstance(event, Mapping):
            if (news := notified(event)) is not None:
                return [self._keep(lying) for lying in news]
            if (items := items_of(event)) is not None:
                return self._listed(items)
            if is_item(event):
                return self._listed([event])[0]
        return msgspec.to_builtins(self._invoked(event))

    def _begin(self, context: Context, trace_id: str | None) -> None:
        self._countdown.start(context.get_remaining_time_in_millis() / 1e3)
        self._about = {
            "request_id": context.aws_request_id,
            "xray_trace_id": trace_id,
            "function_version": context.function_version,
            "memory_mb": int(context.memory_limit_in_mb),
            "cold_start": self._is_cold,
            **self._of_init_ms,
        }
        self._told.about(**self._about)
        self._of_init_ms = {}
        self._is_cold = False

    def _invoked(self, event: object) -> InvocationOut:
        try:
            invocation = read_invocation(event)
            if invocation.budget_ms is not None:
                self._countdown.shorten(invocation.budget_ms / 1e3)
            self._told.about(**self._about, traceparent=invocation.traceparent)
            photo, question = ask_of(invocation)
            return outcome_of(self._identifier.identify(photo, question))
        except FieldmarkError as error:
            self._refused(error)
            after_s: float | None = getattr(error, "retry_after_s", None)
            return InvocationOut(problem=problem_of(error), retry_after_s=after_s)

    def _listed(self, items: Sequence[Mapping[str, Any]]) -> list[object]:
        """Return for each item its answer or its problem, as lines of the command line are."""
        return [msgspec.to_builtins(self._outcome(item)) for item in items]

    def _outcome(self, item: Mapping[str, Any]) -> AnswerOut | FailureOut:
        try:
            lying, question = item_of(item)
            return answer_out(self._identify(lying, question))
        except RequestError as error:
            self._refused(error)
            return FailureOut(str(said_key(item) or ""), problem_of(error))

    def _keep(self, lying: Lying) -> str:
        """Lay the answer to a notified photo beside it and return its key.

        What is kept holds no coordinates; an answer to whoever asks does.
        """
        try:
            question = Question(name=lying.key)
            document = journal_document(answer_out(self._identify(lying, question)))
        except RequestError as error:
            self._refused(error)
            document = msgspec.json.encode(FailureOut(lying.key, problem_of(error)))
        key = answer_key(lying)
        self._objects().put(lying.bucket, key, document, _JSON)
        return key

    def _identify(self, lying: Lying, question: Question) -> Answer:
        start_s = time.perf_counter()
        photo = self._objects().get(lying.bucket, lying.key, self._most_bytes)
        if photo is None:
            raise NotFound("the photo is not there (any more)")
        fetch_ms = round((time.perf_counter() - start_s) * 1e3, 3)
        self._told.about(**self._about, fetch_ms=fetch_ms)
        return self._identifier.identify(photo, question)

    def _objects(self) -> Objects:
        if self._opened is None:
            self._opened = self._open_objects()
        return self._opened

    def _refused(self, error: FieldmarkError) -> None:
        """Tell of a photo without an answer; what the caller cannot fix is quoted."""
        problem = problem_of(error)
        self._told.event(
            "photo.refused",
            problem=problem.type,
            status=problem.status,
            error=type(error).__name__,
            says=None if isinstance(error, RequestError) else str(error),
        )
