"""Metrics: our own, as telemetry/emf.py writes them into the log, and how they are put together."""

from typing import Final, Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from fieldmark.telemetry.emf import NAMESPACE

__all__ = ["Door", "hit_percent", "ours", "share_percent"]

Door = Literal["ml", "web"]
"""Whose log it is: ``service``, the one dimension of every metric of ours."""

_TIERS: Final = ("memory", "valkey", "database")


def ours(
    name: str,
    door: Door,
    period: Duration,
    statistic: str = "Sum",
    dimension: tuple[str, str] | None = None,
) -> cloudwatch.Metric:
    """Return one of our metrics; ``dimension`` is the one beside the service, with its value."""
    more = dict([dimension]) if dimension else {}
    label = dimension[1] if dimension else name
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": door, **more},
        statistic=statistic,
        period=period,
        label=f"{label} ({statistic})" if statistic != "Sum" else label,
    )


def share_percent(
    part: cloudwatch.Metric, whole: cloudwatch.Metric, least: int, label: str
) -> cloudwatch.MathExpression:
    """Return the part in a hundred of the whole, 0 where the whole is below ``least``."""
    return cloudwatch.MathExpression(
        expression=f"IF(FILL(whole, 0) < {least}, 0, 100 * FILL(part, 0) / whole)",
        using_metrics={"part": part, "whole": whole},
        period=whole.period,
        label=label,
    )


def hit_percent(door: Door, period: Duration, least: int) -> cloudwatch.MathExpression:
    """Return how many in a hundred areas came from memory or cache; 100 where few were asked."""
    tiers = {tier: ours("photos", door, period, dimension=("area_tier", tier)) for tier in _TIERS}
    kept, asked = "(FILL(memory, 0) + FILL(valkey, 0))", "FILL(database, 0)"
    return cloudwatch.MathExpression(
        expression=f"IF({kept} + {asked} < {least}, 100, 100 * {kept} / ({kept} + {asked}))",
        using_metrics=dict(tiers),
        period=period,
        label="areas from memory or cache, %",
    )
