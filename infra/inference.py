"""The ML service: one function, a photo and its place in, an answer out."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.code import SCRATCH, Code
from infra.function_role import FunctionRole
from infra.network import Network
from infra.settings import Settings

__all__ = ["ALIAS", "Inference"]

ALIAS: Final = "live"
"""Callers name the alias, never a version: moving it is the deployment, and the roll-back."""

_TIMEOUT_S: Final = 30


class Inference(Construct):
    """The function, its newest version, and the alias that moves to it little by little."""

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
        self.group = network.client("MlFunction", "the ML function")
        log = logs.LogGroup(
            self, "Log", retention=code.log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        self._role = FunctionRole(self, "Role", log=log)
        self.function = lambda_.Function(
            self,
            "Function",
            description="Fieldmark: names the animal in a photo",
            code=code.asset,
            runtime=code.runtime,
            architecture=lambda_.Architecture.X86_64,
            handler="fieldmark.entrypoints.aws_lambda.handler",
            memory_size=settings.memory_mb,
            timeout=Duration.seconds(_TIMEOUT_S),
            reserved_concurrent_executions=settings.concurrency,
            environment={**environment, **SCRATCH},
            vpc=network.vpc,
            vpc_subnets=network.isolated,
            security_groups=[self.group],
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log,
            role=self._role.role,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
            if settings.start == "snapstart"
            else None,
        )
        self._role.keep_from_code(self.function)
        self.alias = lambda_.Alias(
            self,
            "Live",
            alias_name=ALIAS,
            version=self.function.current_version,
            provisioned_concurrent_executions=settings.provisioned or None,
            retry_attempts=2,
            max_event_age=Duration.hours(1),
        )

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Let the function do this."""
        for statement in statements:
            self.function.add_to_role_policy(statement)

    def allow_besides(self, name: str, *statements: iam.PolicyStatement) -> None:
        """Let the function do what names parts that need the function to be there first."""
        iam.Policy(self, name, roles=[self._role.role], statements=list(statements))
