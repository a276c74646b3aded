"""Metrics in Prometheus' text format, counted from the same events that the log writes.

With several worker processes the counts are shared through the files of ``prometheus_client``'s
multiprocess mode, which ``PROMETHEUS_MULTIPROC_DIR`` turns on before this module is imported.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from fieldmark.telemetry.tier_metrics import TierMetrics

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_1_0_0
_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_ANIMALS: Final = (0, 1, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_STAGE_SUFFIX: Final = "_ms"

Value = str | float | bool | None


class Metrics:
    """See ports.Observer. Counts what happens; no label holds an area or a taxon."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "fieldmark_requests", "Requests", ("route", "method", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "fieldmark_request_seconds",
            "Time from headers to answer",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._shed = Counter(
            "fieldmark_shed",
            "Requests refused because of load or rate",
            ("why",),
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "fieldmark_stage_seconds",
            "Time of a stage of the pipeline",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._areas = Counter(
            "fieldmark_areas",
            "Photos by what was known of the area",
            ("status",),
            registry=registry,
        )
        self._tiers = Counter(
            "fieldmark_area_tiers",
            "Photos by where the area came from",
            ("tier",),
            registry=registry,
        )
        self._area_animals = Histogram(
            "fieldmark_area_animals",
            "Animals to be expected in a photo's area",
            buckets=_ANIMALS,
            registry=registry,
        )
        self._answers = Counter(
            "fieldmark_answers",
            "Answers by how sure they are",
            ("model", "version", "certainty"),
            registry=registry,
        )

        self._tiered = TierMetrics(registry)
        self._deferred = Counter(
            "fieldmark_deferred",
            "Answers that the journal did not take and the log holds",
            registry=registry,
        )

    def event(self, name: str, **fields: Value) -> None:
        """See ports.Observer."""
        if name == "journal_deferred":
            self._deferred.inc()
        elif name == "photo.identified":
            self._photo(fields)
        elif name == "request.answered":
            self._request(fields)
        else:
            self._tiered.event(name, **fields)

    def text(self) -> bytes:
        """Return what was counted, by all processes where several share the counts."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)

    def _request(self, fields: dict[str, Value]) -> None:
        route, status = str(fields.get("route")), str(fields.get("status"))
        self._requests.labels(route, str(fields.get("method")), status).inc()
        self._request_seconds.labels(route).observe(_seconds(fields.get("total_ms")))
        if status in {"429", "503"}:
            self._shed.labels("rate" if status == "429" else "load").inc()

    def _photo(self, fields: dict[str, Value]) -> None:
        self._areas.labels(str(fields.get("area_status"))).inc()
        self._tiers.labels(str(fields.get("area_tier"))).inc()
        animals = fields.get("area_animals")
        if isinstance(animals, int):
            self._area_animals.observe(animals)
        model, version = str(fields.get("model")), str(fields.get("model_version"))
        self._answers.labels(model, version, _certainty(fields)).inc()
        for key, value in fields.items():
            if key.endswith(_STAGE_SUFFIX):
                self._stage_seconds.labels(key.removesuffix(_STAGE_SUFFIX)).observe(_seconds(value))


def _certainty(fields: dict[str, Value]) -> str:
    if fields.get("taxon_id") is None:
        return "not_an_animal"
    if fields.get("rolled_up"):
        return "rolled_up"
    return "confident" if fields.get("confident") else "unsure"


def _seconds(milliseconds: Value) -> float:
    return float(milliseconds or 0.0) / 1e3
