"""The website as one function behind an HTTP API: page, API and pipeline, next to nothing idle.

The pipeline runs in the same function, since one in isolated subnets cannot call another. No
function URL behind CloudFront: with its access control it answers 403 to every plain form.
"""

import json
from collections.abc import Mapping
from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.code import Code
from infra.function import PrivateFunction, Purpose
from infra.inference import ALIAS
from infra.network import Network
from infra.settings import Settings

__all__ = ["LambdaSite"]

_TIMEOUT_S: Final = 29
"""An HTTP API waits 30 s."""
_BURST: Final = 200
_PER_S: Final = 100
_LOGGED: Final = {
    "request_id": "$context.requestId",
    "route": "$context.routeKey",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}
"""No path and no query: a query may hold coordinates."""


class LambdaSite(Construct):
    """One function, its alias and the API before it."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        code: Code,
        network: Network,
        settings: Settings,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self._settings = settings
        self.group = network.client("Website", "function of the website")
        made = PrivateFunction(
            self,
            Purpose(
                description="Fieldmark: the website, the API and the pipeline",
                handler="fieldmark.entrypoints.aws_lambda_web.handler",
                timeout_s=_TIMEOUT_S,
                concurrency=settings.web_concurrency,
                environment=environment,
            ),
            self.group,
            code=code,
            network=network,
            settings=settings,
        )
        self.log, self.function = made.log, made.function
        self.alias = lambda_.Alias(
            self, "Live", alias_name=ALIAS, version=self.function.current_version
        )
        events.Rule(
            self,
            "Forget",
            description="What may be kept no longer is forgotten once a day",
            schedule=events.Schedule.rate(Duration.days(1)),
            targets=[
                event_targets.LambdaFunction(
                    self.alias, event=events.RuleTargetInput.from_object({"do": "forget"})
                )
            ],
        )
        self.api = api.HttpApi(
            self,
            "Api",
            description="Fieldmark",
            create_default_stage=False,
            default_integration=integrations.HttpLambdaIntegration("Site", self.alias),
        )
        self.stage = self._stage(code.log_retention)

    @property
    def url(self) -> str:
        """Where people find the website."""
        return self._settings.site_origin or self.api.api_endpoint

    @property
    def broken(self) -> cloudwatch.IMetric:
        """What the API answers itself, since no function did, and the faults of one that did."""
        return self.stage.metric_server_error(period=Duration.minutes(5))

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Let the website do this."""
        for statement in statements:
            self.function.add_to_role_policy(statement)

    def _stage(self, log_retention: logs.RetentionDays) -> api.HttpStage:
        stage = api.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=api.ThrottleSettings(burst_limit=_BURST, rate_limit=_PER_S),
            domain_mapping=self._mapping(),
        )
        cast(
            api.CfnStage, stage.node.default_child
        ).access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=self._log("AccessLog", log_retention).log_group_arn,
            format=json.dumps(_LOGGED),
        )
        return stage

    def _mapping(self) -> api.DomainMappingOptions | None:
        if not self._settings.domain:
            return None
        return api.DomainMappingOptions(
            domain_name=api.DomainName(
                self,
                "Domain",
                domain_name=self._settings.domain,
                certificate=acm.Certificate.from_certificate_arn(
                    self, "Certificate", self._settings.certificate
                ),
                security_policy=api.SecurityPolicy.TLS_1_2,
            )
        )

    def _log(self, name: str, log_retention: logs.RetentionDays) -> logs.LogGroup:
        return logs.LogGroup(
            self, name, retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        )
