"""What each service of AWS asks for a month: one function per service, a line per thing."""

import math
from dataclasses import dataclass
from typing import Final

from fieldmark.cost.bill import Line
from fieldmark.cost.prices import Prices
from fieldmark.cost.workload import HOURS, Workload

__all__ = ["GATEWAY_MB", "INLINE_MB", "Charges"]

_TASK_VCPU: Final = 0.25
_TASK_GB: Final = 1.0
_TASK_TARGET: Final = 0.6
"""The share of a task's processor at which another is started."""

_CAPACITY_GB: Final = 1.0
_CAPACITY_CALLS: Final = 25 * 3600.0
"""An hour of one unit of a load balancer: bytes, and new connections (25 a second)."""

INLINE_MB: Final = 3.0
"""Larger photos go from the web tier to the function through S3."""

GATEWAY_MB: Final = 4.4
"""Larger photos do not fit into a call of the API Gateway and go straight to S3."""

_CALL_MB: Final = 0.512
_CACHE_FLOOR_GB: Final = 0.1
_ECPU_PER_REQUEST: Final = 4.0
"""A record of 2 KB, the pointer to the release, and now and then a write."""

_DATABASE_GB: Final = 10.0
_RELEASES_GB: Final = 1.0
_PROXY_FLOOR_ACU: Final = 8.0
_PROVISIONED_MB: Final = 1769.0


@dataclass(frozen=True, slots=True)
class Charges:
    """A month's work at the prices of one region."""

    work: Workload
    prices: Prices

    def functions(self, *, pages: bool) -> tuple[Line, ...]:
        """Lambda, which identifies, and with ``pages`` answers every other call too."""
        work = self.work
        runs = work.http_calls if pages else work.requests
        gb_s = work.run_gb_s + (work.call_gb_s if pages else 0.0)
        return (
            self._line("Lambda", "requests", runs / 1e6, "lambda-request-million"),
            self._line("Lambda", "memory and time", gb_s, "lambda-gb-second"),
        )

    def provisioned_functions(self) -> tuple[Line, ...]:
        """Lambda with one environment that is kept warm."""
        work = self.work
        gb_s = HOURS * 3600 * _PROVISIONED_MB / 1024
        return (
            self._line("Lambda", "requests", work.requests / 1e6, "lambda-request-million"),
            self._line(
                "Lambda", "memory and time", work.run_gb_s, "lambda-provisioned-run-gb-second"
            ),
            self._line(
                "Lambda", "one environment kept warm", gb_s, "lambda-provisioned-gb-second",
                "by the second, used or not",
            ),
        )  # fmt: skip

    def tasks(self, least: int, *, public: bool) -> tuple[Line, ...]:
        """Fargate: the tasks of the web tier, at least so many, with their public addresses."""
        kept = least * self.work.task_hours
        hours = max(kept, self.work.web_vcpu_hours / (_TASK_VCPU * _TASK_TARGET))
        hour_usd = _TASK_VCPU * self._usd("fargate-vcpu-hour") + _TASK_GB * self._usd(
            "fargate-gb-hour"
        )
        some = "a task" if least == 1 else f"{least} tasks"
        task = Line(
            "Fargate", f"{some} of 0.25 vCPU, 1 GB", hours * hour_usd,
            "ECS cannot wake on a request",
        )  # fmt: skip
        address = self._line(
            "Fargate", "public addresses of tasks", hours, "ipv4-hour",
            "one for each task, in place of a NAT",
        )  # fmt: skip
        return (task, address) if public else (task,)

    def balancer(self, addresses: int) -> tuple[Line, ...]:
        """The load balancer, internal where it has no public address."""
        work = self.work
        gb = work.photos_gb + work.pages_gb
        capacity = max(gb / _CAPACITY_GB, work.http_calls / _CAPACITY_CALLS)
        hours = self._line(
            "Load balancer", "hours", HOURS, "balancer-hour", "by the hour, used or not"
        )
        used = self._line("Load balancer", "capacity used", capacity, "balancer-capacity-hour")
        if not addresses:
            return hours, used
        public = self._line(
            "Load balancer", f"{addresses} public addresses", addresses * HOURS, "ipv4-hour",
            "one in each zone",
        )  # fmt: skip
        return hours, public, used

    def distribution(self) -> tuple[Line, ...]:
        """CloudFront, which speaks HTTPS and reaches the internal load balancer."""
        work = self.work
        return (
            self._line(
                "CloudFront", "calls", work.http_calls / 1e4, "cloudfront-https-ten-thousand"
            ),
            self._line("CloudFront", "pages and answers out", work.pages_gb, "cloudfront-out-gb"),
            self._line(
                "CloudFront", "photos in", self._inline_gb(INLINE_MB), "cloudfront-to-origin-gb"
            ),
        )

    def api(self) -> tuple[Line, ...]:
        """The API Gateway, which reckons in steps of 512 KB."""
        work = self.work
        steps = 1 if work.photo_mb > GATEWAY_MB else math.ceil(work.photo_mb / _CALL_MB)
        calls = work.requests * (max(1, steps) + work.calls)
        return (
            self._line("API Gateway", "calls, in steps of 512 KB", calls / 1e6, "api-call-million"),
            self._line("API Gateway", "pages and answers out", work.pages_gb, "transfer-out-gb"),
        )

    def pausing_database(self) -> tuple[Line, ...]:
        """Aurora that pauses while nobody reads it."""
        acu_hours = self.work.database_awake_hours * self.work.awake_acu
        return (
            self._line("Aurora", "capacity while awake", acu_hours, "aurora-acu-hour"),
            *self._database_storage(),
        )

    def waking_database(self) -> tuple[Line, ...]:
        """Aurora that never sleeps, behind RDS Proxy with its secret."""
        return (
            self._line(
                "Aurora", "capacity of 0.5 ACU", 0.5 * HOURS, "aurora-acu-hour",
                "held connections keep it awake",
            ),
            *self._database_storage(),
            self._line(
                "RDS Proxy", "the least, 8 ACUs", _PROXY_FLOOR_ACU * HOURS, "proxy-acu-hour",
                "8 ACUs, however small the database",
            ),
            self._line(
                "Secrets Manager", "the database's password", 1.0, "secret-month",
                "by the month, used or not",
            ),
        )  # fmt: skip

    def cache(self) -> tuple[Line, ...]:
        """ElastiCache Serverless for Valkey."""
        ecpus = self.work.requests * _ECPU_PER_REQUEST
        return (
            self._line(
                "Valkey", "the least, 100 MB", _CACHE_FLOOR_GB * HOURS, "valkey-gb-hour",
                "100 MB, however little it holds",
            ),
            self._line("Valkey", "processing units", ecpus / 1e6, "valkey-ecpu-million"),
        )  # fmt: skip

    def storage(self, inline_mb: float) -> tuple[Line, ...]:
        """S3: releases, the journal, and photos larger than ``inline_mb``."""
        work = self.work
        by_key = work.requests if work.photo_mb > inline_mb else 0
        return (
            self._line(
                "S3", "releases and models, 1 GB", _RELEASES_GB, "s3-gb-month",
                "what is kept",
            ),
            self._line("S3", "answers kept", work.journal_gb, "s3-gb-month"),
            self._line("S3", "writes", (work.requests + by_key) / 1e3, "s3-put-thousand"),
            self._line("S3", "reads", by_key / 1e3, "s3-get-thousand"),
        )  # fmt: skip

    def watching(self) -> tuple[Line, ...]:
        """CloudWatch: a dashboard, alarms, metrics of our own, logs."""
        work = self.work
        metrics = work.metrics * work.metric_hours / HOURS
        return (
            self._line(
                "CloudWatch", "dashboard", 1.0, "dashboard-month", "by the month, used or not"
            ),
            self._line(
                "CloudWatch", f"{work.alarms:g} alarms", work.alarms, "alarm-month",
                "by the month, used or not",
            ),
            self._line("CloudWatch", f"{work.metrics:g} metrics", metrics, "metric-month"),
            self._line("CloudWatch", "logs", work.logs_gb, "log-gb"),
        )  # fmt: skip

    def gateway_out(self, endpoints: int, zones: int) -> tuple[Line, ...]:
        """A NAT gateway and interface endpoints, for private subnets that must reach out."""
        logs_gb = self.work.logs_gb
        return (
            self._line(
                "NAT gateway", "hours", HOURS, "nat-hour", "by the hour, used or not"
            ),
            self._line("NAT gateway", "public address", HOURS, "ipv4-hour", "its own"),
            self._line("NAT gateway", "logs through it", logs_gb, "nat-gb"),
            self._line(
                "Endpoints", f"{endpoints} in {zones} zones", endpoints * zones * HOURS,
                "endpoint-hour", "by the hour and zone, used or not",
            ),
        )  # fmt: skip

    def _database_storage(self) -> tuple[Line, ...]:
        return (
            self._line(
                "Aurora", "storage, 10 GB", _DATABASE_GB, "aurora-gb-month",
                "what is kept",
            ),
            self._line(
                "Aurora", "reads from storage", self.work.database_reads / 1e6, "aurora-io-million"
            ),
        )  # fmt: skip

    def _inline_gb(self, inline_mb: float) -> float:
        return 0.0 if self.work.photo_mb > inline_mb else self.work.photos_gb

    def _usd(self, name: str) -> float:
        return self.prices.usd(name)

    def _line(
        self, service: str, item: str, amount: float, price: str, stays: str | None = None
    ) -> Line:
        return Line(service, item, amount * self._usd(price), stays)
