from typing import Any

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from fieldmark.telemetry.tracing import Tracing

END_NS = 1_000_000_000


def spans(**fields: str | float | bool | None) -> tuple[Any, ...]:
    exporter = InMemorySpanExporter()
    tracing = Tracing(SimpleSpanProcessor(exporter), lambda: END_NS)
    tracing.event("photo.identified", read_ms=1.0)
    tracing.event("request.answered", method="POST", route="/v1/identify", **fields)
    tracing.close()
    return exporter.get_finished_spans()


def test_a_request_is_a_span_and_each_stage_a_child_in_order() -> None:
    read, infer, request = spans(status=200, total_ms=100.0, read_ms=20.0, infer_ms=30.0)

    assert request.name == "POST /v1/identify"
    assert (request.start_time, request.end_time) == (END_NS - 100_000_000, END_NS)
    assert [read.name, infer.name] == ["read", "infer"]
    assert read.start_time == request.start_time
    assert infer.start_time == read.end_time
    assert infer.parent.span_id == request.context.span_id


def test_a_request_belongs_to_the_trace_of_who_asked() -> None:
    (request,) = spans(
        status=200,
        total_ms=1.0,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )

    assert request.parent.trace_id == 0x0AF7651916CD43DD8448EB211C80319C


def test_what_broke_is_marked_as_an_error() -> None:
    assert spans(status=500, total_ms=1.0)[0].status.status_code is StatusCode.ERROR
    assert spans(status=404, total_ms=1.0)[0].status.status_code is StatusCode.UNSET
