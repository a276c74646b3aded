"""Alarms: each has a section in docs/operations.md under its name."""

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from fieldmark.telemetry.emf import NAMESPACE
from infra.metrics import Door, hit_percent, ours, share_percent

__all__ = ["Alarms"]

_MINUTE: Final = 1
_DEFERRED: Final = "journal_deferred"
"""The event that holds an entry whole which the journal did not take."""
_FEW_PHOTOS: Final = 20
_FEW_READS: Final = 100


class Alarms(Construct):
    """A topic that people subscribe to, and what is told there."""

    def __init__(self, scope: Construct, name: str, *, email: str) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self.topic.grant_publish(iam.ServicePrincipal("budgets.amazonaws.com"))
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def function(self, function: lambda_.Alias, name: str) -> list[cloudwatch.IAlarm]:
        """Watch a function, and return the alarms that turn a deployment back."""
        minutes = Duration.minutes(_MINUTE)
        errors = self._alarm(
            f"{name}-errors",
            "The function fails",
            function.metric_errors(period=Duration.minutes(5)),
            above=2,
        )
        slow = self._alarm(
            f"{name}-slow",
            "One answer in a hundred takes more than 8 s",
            function.metric_duration(period=minutes, statistic="p99"),
            above=8000,
            of=(3, 5),
        )
        self._alarm(
            f"{name}-throttled",
            "The function is called more often than its reserved concurrency allows",
            function.metric_throttles(period=minutes),
            above=0,
            of=(3, 5),
        )
        return [errors, slow]

    def areas(self) -> None:
        """Watch what is known of areas, as the answers to people say it."""
        door: Door = "web"
        quarter, hour = Duration.minutes(15), Duration.hours(1)
        unavailable = ours("photos", door, quarter, dimension=("area_status", "unavailable"))
        self._alarm(
            "area-unavailable",
            "One answer in twenty had to do without its area",
            share_percent(unavailable, ours("photos", door, quarter), _FEW_PHOTOS, "without, %"),
            above=5,
        )
        self._alarm(
            "area-list-short",
            "Areas list hardly any animals",
            ours("area_animals", door, hour, "Average"),
            below=5,
        )
        self._alarm(
            "cache-misses",
            "Every second area is read from the database",
            hit_percent(door, hour, _FEW_READS),
            below=50,
        )

    def database(self, cluster: str, connections: int, max_acu: float) -> None:
        """Watch the database near its limits."""
        self._alarm(
            "database-connections",
            "Four in five connections of the database are taken",
            _rds("DatabaseConnections", cluster),
            above=0.8 * connections,
            of=(3, 5),
        )
        self._alarm(
            "database-capacity",
            "The database has been as large as it may for a quarter of an hour",
            _rds("ServerlessDatabaseCapacity", cluster),
            above=max_acu - 0.01,
            of=(15, 15),
        )

    def site(self, broken: cloudwatch.IMetric) -> None:
        """Watch the website: its own faults, its refusals, and what never reached it."""
        five = Duration.minutes(5)
        self._alarm(
            "site-faults", "The website answers with faults", ours("faults", "web", five), above=4
        )
        self._alarm(
            "site-shed",
            "One request in twenty is refused for want of capacity",
            share_percent(
                ours("shed", "web", five), ours("requests", "web", five), _FEW_PHOTOS, "refused, %"
            ),
            above=5,
        )
        self._alarm(
            "site-unreachable", "What stands before the website answers for it", broken, above=4
        )

    def batch(self, failed: cloudwatch.IMetric) -> None:
        """Watch the batches."""
        self._alarm("batch-failed", "A batch of photos failed", failed, above=0)

    def journal(self, log: logs.ILogGroup) -> None:
        """Watch for entries of the journal that went into the log instead."""
        deferred = logs.MetricFilter(
            self,
            "Deferred",
            log_group=log,
            filter_pattern=logs.FilterPattern.string_value("$.event", "=", _DEFERRED),
            metric_namespace=NAMESPACE,
            metric_name=_DEFERRED,
        ).metric(statistic="Sum", period=Duration.minutes(5))
        self._alarm("journal-deferred", "Entries of the journal wait in the log", deferred, above=0)

    def _alarm(
        self,
        name: str,
        says: str,
        metric: cloudwatch.IMetric,
        *,
        above: float | None = None,
        below: float | None = None,
        of: tuple[int, int] = (1, 1),
    ) -> cloudwatch.Alarm:
        is_above = above is not None
        compared = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{Stack.of(self).stack_name}-{name}".lower(),
            alarm_description=f"{says}. docs/operations.md#{name}",
            metric=metric,
            threshold=above if above is not None else below or 0,
            comparison_operator=compared.GREATER_THAN_THRESHOLD
            if is_above
            else compared.LESS_THAN_THRESHOLD,
            datapoints_to_alarm=of[0],
            evaluation_periods=of[1],
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        return alarm


def _rds(name: str, cluster: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/RDS",
        metric_name=name,
        dimensions_map={"DBClusterIdentifier": cluster},
        statistic="Maximum",
        period=Duration.minutes(_MINUTE),
    )
