"""Metrics that CloudWatch counts from the log: one line per event says what of it is a metric.

The form is CloudWatch's embedded metric format. Every set of dimensions is a metric of its own that
is paid for, in the hours in which it is written: none holds an area, a taxon or whatever else has
many values.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

__all__ = ["NAMESPACE", "Emf"]

NAMESPACE: Final = "Fieldmark"

_MOST_METRICS: Final = 100
"""As many as one directive may name."""

Value = str | float | bool | None
_Metrics = Mapping[str, str]
"""Unit by name of the field."""

_COUNT: Final = "Count"
_MS: Final = "Milliseconds"


class Emf:
    """See ports.Observer. Writes each event as one line, whole, so that threads do not mix.

    ``service`` is the dimension that every metric has.
    """

    def __init__(
        self,
        service: str,
        stream: TextIO | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = service
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock

    def event(self, name: str, **fields: Value) -> None:
        """See ports.Observer."""
        now = self._clock()
        line: dict[str, Any] = {
            "at": now.isoformat(timespec="milliseconds"),
            "event": name,
            **fields,
        }
        directives = list(_DIRECTIVES[name](line)) if name in _DIRECTIVES else []
        if directives:
            line["service"] = self._service
            line["_aws"] = {
                "Timestamp": int(now.timestamp() * 1000),
                "CloudWatchMetrics": directives,
            }
        try:
            self._stream.write(msgspec.json.encode(line).decode() + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read the log has gone, or the disk is full: answering goes on.
            return


def _photo(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["photos"] = 1
    if "cold_start" in line:
        line["cold_start"] = int(line["cold_start"])
    metrics = {name: _MS for name in line if name.endswith("_ms")}
    metrics |= {name: _COUNT for name in ("area_animals", "cold_start") if name in line}
    yield _directive(line, metrics | {"photos": _COUNT})
    for dimension in ("area_status", "area_tier", "model_version"):
        if line.get(dimension):
            yield _directive(line, {"photos": _COUNT}, dimension)


def _refusal(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["refusals"] = 1
    yield _directive(line, {"refusals": _COUNT})
    if line.get("problem"):
        yield _directive(line, {"refusals": _COUNT}, "problem")


def _request(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    status = int(line.get("status") or 0)
    line["requests"] = 1
    line["shed"] = int(status in {429, 503})
    line["faults"] = int(status >= 500 and not line["shed"])  # HTTP's server errors
    line["request_ms"] = line.get("total_ms")
    counts = dict.fromkeys(("requests", "shed", "faults"), _COUNT)
    yield _directive(line, counts | {"request_ms": _MS})


def _cache(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    counts = dict.fromkeys(("hits", "misses"), _COUNT)
    yield _directive(line, counts, "part")


def _cache_failure(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["cache_failures"] = 1
    yield _directive(line, {"cache_failures": _COUNT})


def _database(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["database_reads"] = 1
    yield _directive(line, {"database_reads": _COUNT, "database_ms": _MS})
    yield _directive(line, {"database_reads": _COUNT}, "outcome")


def _breaker(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["breakers_opened"] = 1
    yield _directive(line, {"breakers_opened": _COUNT}, "part")


def _deferred(line: dict[str, Any]) -> Iterator[Mapping[str, object]]:
    line["deferred"] = 1
    yield _directive(line, {"deferred": _COUNT})


def _directive(
    line: Mapping[str, Any], metrics: _Metrics, dimension: str | None = None
) -> Mapping[str, object]:
    """Return the metrics that the line has a number for, with the service and what else says it."""
    present = [
        {"Name": name, "Unit": unit} for name, unit in metrics.items() if line.get(name) is not None
    ]
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"] if dimension is None else ["service", dimension]],
        "Metrics": present[:_MOST_METRICS],
    }


_DIRECTIVES: Final[Mapping[str, Callable[[dict[str, Any]], Iterator[Mapping[str, object]]]]] = {
    "breaker.opened": _breaker,
    "cache.failed": _cache_failure,
    "cache.read": _cache,
    "database.read": _database,
    "journal_deferred": _deferred,
    "photo.identified": _photo,
    "photo.refused": _refusal,
    "request.answered": _request,
}
