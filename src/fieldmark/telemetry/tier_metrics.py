"""Metrics of the tiers that areas come from, in Prometheus' form."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

__all__ = ["TierMetrics"]

_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_FOUND: Final = {"hits": "hit", "aged": "aged", "misses": "miss"}

Value = str | float | bool | None


class TierMetrics:
    """See ports.Observer. Counts what caches and database were asked for; ``part`` is the tier."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._keys = Counter(
            "fieldmark_cache_keys",
            "Keys that a cache was asked for",
            ("part", "found"),
            registry=registry,
        )
        self._damaged = Counter(
            "fieldmark_cache_damaged", "Values that were damaged or foreign", registry=registry
        )
        self._failures = Counter(
            "fieldmark_cache_failures", "Requests that did without the cache", registry=registry
        )
        self._reads = Counter(
            "fieldmark_database_reads",
            "Reads of the features database",
            ("what", "outcome"),
            registry=registry,
        )
        self._read_seconds = Histogram(
            "fieldmark_database_read_seconds",
            "Time of a read of the features database",
            buckets=_SECONDS,
            registry=registry,
        )
        self._breakers = Counter(
            "fieldmark_breaker_changes", "Breakers by what they did", ("part", "to"),
            registry=registry,
        )  # fmt: skip

    def event(self, name: str, **fields: Value) -> None:
        """See ports.Observer."""
        if name == "cache.read":
            for field, found in _FOUND.items():
                self._keys.labels(str(fields.get("part")), found).inc(float(fields.get(field) or 0))
        elif name == "cache.damaged":
            self._damaged.inc()
        elif name == "cache.failed":
            self._failures.inc()
        elif name == "database.read":
            self._reads.labels(str(fields.get("what")), str(fields.get("outcome"))).inc()
            self._read_seconds.observe(float(fields.get("database_ms") or 0.0) / 1e3)
        elif name in {"breaker.opened", "breaker.closed"}:
            self._breakers.labels(str(fields.get("part")), name.removeprefix("breaker.")).inc()
