"""Traces for OpenTelemetry: one span per request, one child per stage of the pipeline.

Spans are made from the events after the fact, so that nothing of this runs while a photo is
identified; where the stages stand within the request follows from their order and lengths. The
SDK reads its own ``OTEL_*`` variables.
"""

import time
from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["Tracing"]

_STAGES = ("fetch_ms", "read_ms", "locate_ms", "area_ms", "infer_ms", "fuse_ms")

Value = str | float | bool | None


class Tracing:
    """See ports.Observer. Exports over OTLP/HTTP unless told where else."""

    def __init__(
        self, processor: SpanProcessor | None = None, clock_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": "fieldmark"}))
        self._provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("fieldmark")
        self._clock_ns = clock_ns

    def event(self, name: str, **fields: Value) -> None:
        """See ports.Observer."""
        if name != "request.answered":
            return
        end_ns = self._clock_ns()
        start_ns = end_ns - _nanoseconds(fields.get("total_ms"))
        span = self._tracer.start_span(
            f"{fields.get('method')} {fields.get('route')}",
            context=_parent(fields.get("traceparent")),
            kind=SpanKind.SERVER,
            start_time=start_ns,
            attributes={key: value for key, value in fields.items() if value is not None},
        )
        status = fields.get("status")
        if isinstance(status, int) and status >= 500:  # HTTP's server errors
            span.set_status(Status(StatusCode.ERROR))
        inside = set_span_in_context(span)
        at_ns = start_ns
        for stage in _STAGES:
            if stage in fields:
                until_ns = at_ns + _nanoseconds(fields[stage])
                child = self._tracer.start_span(
                    stage.removesuffix("_ms"), context=inside, start_time=at_ns
                )
                child.end(end_time=until_ns)
                at_ns = until_ns
        span.end(end_time=end_ns)

    def close(self) -> None:
        """Send what is still to be sent."""
        self._provider.shutdown()


def _parent(traceparent: Value) -> Context | None:
    if not traceparent:
        return None
    return TraceContextTextMapPropagator().extract({"traceparent": str(traceparent)})


def _nanoseconds(milliseconds: Value) -> int:
    return int(float(milliseconds or 0.0) * 1e6)
