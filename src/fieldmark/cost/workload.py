"""What a month asks of the system: the assumptions, and what follows from them."""

import math
from dataclasses import dataclass, fields
from typing import Final

from fieldmark.errors import RequestError

__all__ = ["HOURS", "Workload"]

HOURS: Final = 730.0
"""Hours of a month, as AWS reckons."""

_HOUR_S: Final = 3600.0
_PAUSE_S: Final = 300.0
"""Aurora pauses after this long without a connection, at the earliest."""

_MOST: Final = 1e12
_SHARES: Final = ("cache_hit", "cold_share")
_HOURS_OF_A_MONTH: Final = ("awake_hours", "task_hours")


@dataclass(frozen=True, slots=True)
class Workload:
    """A month of identifications and what each of them takes.

    ``docs/cost.md`` says which figures are measured and which are assumed. ``awake_hours`` is None
    where it follows from how often the database is read.

    Raises:
        RequestError: a figure is below zero, not finite, or more than there can be.
    """

    requests: int = 0
    photo_mb: float = 0.5
    run_ms: float = 50.0
    memory_mb: float = 1769.0
    cold_share: float = 0.01
    cold_ms: float = 1000.0
    calls: float = 4.0
    call_ms: float = 5.0
    page_mb: float = 0.2
    cache_hit: float = 0.98
    awake_hours: float | None = None
    awake_acu: float = 0.5
    task_hours: float = HOURS
    web_ms: float = 10.0
    journal_kb: float = 3.0
    retention_days: float = 90.0
    log_kb: float = 2.5
    metrics: float = 30.0
    alarms: float = 13.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            most = _most(name)
            if value is not None and not 0 <= value <= most:
                raise RequestError(f"{name} is {value}; it must be a number from 0 to {most:g}")

    @property
    def http_calls(self) -> float:
        """All calls over HTTP: the identifications and what goes before and after each."""
        return self.requests * (1 + self.calls)

    @property
    def photos_gb(self) -> float:
        """What is sent to the service."""
        return self.requests * self.photo_mb / 1e3

    @property
    def pages_gb(self) -> float:
        """What the service sends: pages, their files and answers."""
        return self.requests * self.page_mb / 1e3

    @property
    def run_gb_s(self) -> float:
        """Memory times time of the identifications in a function, with the cold starts."""
        run_s = (self.run_ms + self.cold_share * self.cold_ms) / 1e3
        return self.requests * run_s * self.memory_gb

    @property
    def memory_gb(self) -> float:
        """The memory of a function, as Lambda reckons."""
        return self.memory_mb / 1024

    @property
    def call_gb_s(self) -> float:
        """Memory times time of the other calls, where a function answers them too."""
        return self.requests * self.calls * self.call_ms / 1e3 * self.memory_gb

    @property
    def web_vcpu_hours(self) -> float:
        """What the web tier works where a function identifies the photos."""
        each_ms = self.web_ms + self.calls * self.call_ms
        return self.requests * each_ms / 1e3 / _HOUR_S

    @property
    def database_reads(self) -> float:
        """Areas that neither this process nor Valkey holds."""
        return self.requests * (1 - self.cache_hit)

    @property
    def database_awake_hours(self) -> float:
        """How long a database that pauses after five minutes without a connection is awake.

        Reads that come at random (Poisson) keep it awake for the union of the windows that each
        opens: 1 - exp(-reads per window) of the month.
        """
        if not self.requests:
            return 0.0
        if self.awake_hours is not None:
            return self.awake_hours
        return _covered(self.database_reads, _PAUSE_S)

    @property
    def metric_hours(self) -> float:
        """Hours in which at least one request comes: CloudWatch asks for a metric by the hour."""
        return _covered(self.requests, _HOUR_S)

    @property
    def journal_gb(self) -> float:
        """Answers that are kept, once as many expire as come."""
        return self.requests * self.journal_kb / 1e6 * self.retention_days * 24 / HOURS

    @property
    def logs_gb(self) -> float:
        """What is logged: an event for each request, metrics in it, and the service's own lines."""
        return self.requests * self.log_kb / 1e6


def _covered(events: float, window_s: float) -> float:
    """Return the hours of a month that windows after events at random cover together."""
    return HOURS * (1 - math.exp(-events * window_s / (HOURS * _HOUR_S)))


def _most(name: str) -> float:
    if name in _SHARES:
        return 1.0
    return HOURS if name in _HOURS_OF_A_MONTH else _MOST
