"""The dashboard: what comes in, how it is answered, and what stands behind it."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.metrics import Door, hit_percent, ours

__all__ = ["Dashboard"]

_STATUSES: Final = ("used", "fallback", "empty", "no_position", "off", "unavailable")
_STAGES: Final = ("read_ms", "locate_ms", "area_ms", "infer_ms", "fuse_ms")


class Dashboard(Construct):
    """One page for the whole service."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        functions: Sequence[lambda_.Alias],
        cluster: str,
        cache: str,
    ) -> None:
        super().__init__(scope, name)
        minutes = Duration.minutes(5)
        door: Door = "web"
        page = cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=Stack.of(self).stack_name,
            default_interval=Duration.days(1),
        )
        counts = ("requests", "shed", "faults")
        page.add_widgets(
            _graph("Requests", [ours(name, "web", minutes) for name in counts]),
            _graph(
                "Request, ms",
                [ours("request_ms", "web", minutes, rank) for rank in ("p50", "p95", "p99")],
            ),
            _graph(
                "Photos by what was known of their area",
                [ours("photos", door, minutes, dimension=("area_status", s)) for s in _STATUSES],
            ),
        )
        page.add_widgets(
            _graph("Stages of an answer, ms", [ours(s, door, minutes, "p95") for s in _STAGES]),
            _graph("Animals of an area", [ours("area_animals", door, minutes, "Average")]),
            _graph("Areas from memory or cache", [hit_percent(door, minutes, 1)]),
        )
        page.add_widgets(
            _graph(
                "Function: errors, throttles, cold starts",
                [
                    *(f.metric_errors(period=minutes) for f in functions),
                    *(f.metric_throttles(period=minutes) for f in functions),
                    ours("cold_start", "ml", minutes),
                ],
            ),
            _graph(
                "Function, ms",
                [f.metric_duration(period=minutes, statistic="p99") for f in functions],
            ),
            _graph(
                "Database: ACU and connections",
                [
                    _of("AWS/RDS", "ServerlessDatabaseCapacity", "DBClusterIdentifier", cluster),
                    _of("AWS/RDS", "DatabaseConnections", "DBClusterIdentifier", cluster),
                ],
            ),
            _graph(
                "Cache: units and bytes",
                [
                    _of("AWS/ElastiCache", "ElastiCacheProcessingUnits", "clusterId", cache),
                    _of("AWS/ElastiCache", "BytesUsedForCache", "clusterId", cache),
                ],
            ),
        )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)


def _of(namespace: str, name: str, dimension: str, value: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map={dimension: value},
        statistic="Maximum",
        period=Duration.minutes(5),
    )
