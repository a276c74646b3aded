"""What the tiers tell becomes counters and metrics, without an area or a taxon."""

import io
import json
from typing import Any

from prometheus_client import CollectorRegistry

from fieldmark.telemetry.emf import Emf
from fieldmark.telemetry.tier_metrics import TierMetrics


def told() -> CollectorRegistry:
    registry = CollectorRegistry()
    metrics = TierMetrics(registry)
    metrics.event("cache.read", part="valkey", hits=3, aged=1, misses=2)
    metrics.event("cache.read", part="memory", hits=40, aged=0, misses=0)
    metrics.event("cache.failed", part="valkey", says="no answer")
    metrics.event("cache.damaged", part="valkey", bytes=7)
    for outcome in ("answered", "answered", "waking"):
        metrics.event("database.read", what="areas", asked=5, outcome=outcome, database_ms=50.0)
    metrics.event("breaker.opened", part="database", why="no answer")
    metrics.event("breaker.closed", part="database")
    metrics.event("something.else", part="x")
    return registry


def test_keys_are_counted_by_tier_and_by_what_was_found() -> None:
    value = told().get_sample_value

    assert value("fieldmark_cache_keys_total", {"part": "valkey", "found": "hit"}) == 3
    assert value("fieldmark_cache_keys_total", {"part": "valkey", "found": "aged"}) == 1
    assert value("fieldmark_cache_keys_total", {"part": "valkey", "found": "miss"}) == 2
    assert value("fieldmark_cache_keys_total", {"part": "memory", "found": "hit"}) == 40


def test_reads_of_the_database_are_counted_by_outcome_and_timed() -> None:
    value = told().get_sample_value

    assert value("fieldmark_database_reads_total", {"what": "areas", "outcome": "answered"}) == 2
    assert value("fieldmark_database_reads_total", {"what": "areas", "outcome": "waking"}) == 1
    assert value("fieldmark_database_read_seconds_count") == 3
    assert value("fieldmark_database_read_seconds_sum") == 0.15000000000000002


def test_what_fails_is_counted() -> None:
    value = told().get_sample_value

    assert value("fieldmark_cache_failures_total") == 1
    assert value("fieldmark_cache_damaged_total") == 1
    assert value("fieldmark_breaker_changes_total", {"part": "database", "to": "opened"}) == 1
    assert value("fieldmark_breaker_changes_total", {"part": "database", "to": "closed"}) == 1


def written(name: str, **fields: str | float | None) -> dict[str, Any]:
    stream = io.StringIO()
    Emf("ml", stream).event(name, **fields)
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def metrics_of(line: dict[str, Any]) -> list[tuple[list[str], list[str]]]:
    return [
        (directive["Dimensions"][0], [metric["Name"] for metric in directive["Metrics"]])
        for directive in line["_aws"]["CloudWatchMetrics"]
    ]


def test_cloudwatch_counts_hits_and_misses_of_each_cache() -> None:
    line = written("cache.read", part="valkey", hits=3, aged=1, misses=2)

    assert metrics_of(line) == [(["service", "part"], ["hits", "misses"])]
    assert (line["hits"], line["misses"], line["part"]) == (3, 2, "valkey")


def test_cloudwatch_counts_reads_of_the_database() -> None:
    line = written(
        "database.read", what="areas", asked=5, outcome="answered", says=None, database_ms=50.0
    )

    assert metrics_of(line) == [
        (["service"], ["database_reads", "database_ms"]),
        (["service", "outcome"], ["database_reads"]),
    ]


def test_cloudwatch_counts_what_fails() -> None:
    failed = written("cache.failed", part="valkey", says="no answer")
    opened = written("breaker.opened", part="database", why="no answer")

    assert metrics_of(failed) == [(["service"], ["cache_failures"])]
    assert metrics_of(opened) == [(["service", "part"], ["breakers_opened"])]
