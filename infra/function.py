"""A function in the isolated subnets, as both of ours are: its log, its role and itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.code import SCRATCH, Code
from infra.function_role import FunctionRole
from infra.network import Network
from infra.settings import Settings

__all__ = ["PrivateFunction", "Purpose"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a function is for, and how much of it there may be."""

    description: str
    handler: str
    timeout_s: int
    concurrency: int
    environment: Mapping[str, str]


class PrivateFunction:
    """The constructs that a function needs, made in the scope of whoever owns it."""

    def __init__(
        self,
        scope: Construct,
        purpose: Purpose,
        group: ec2.ISecurityGroup,
        *,
        code: Code,
        network: Network,
        settings: Settings,
    ) -> None:
        self.log = logs.LogGroup(
            scope, "Log", retention=code.log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        role = FunctionRole(scope, "Role", log=self.log)
        self.role = role.role
        self.function = lambda_.Function(
            scope,
            "Function",
            description=purpose.description,
            code=code.asset,
            runtime=code.runtime,
            architecture=lambda_.Architecture.X86_64,
            handler=purpose.handler,
            memory_size=settings.memory_mb,
            timeout=Duration.seconds(purpose.timeout_s),
            reserved_concurrent_executions=purpose.concurrency,
            environment={**purpose.environment, **SCRATCH},
            vpc=network.vpc,
            vpc_subnets=network.isolated,
            security_groups=[group],
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self.log,
            role=self.role,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
            if settings.start == "snapstart"
            else None,
        )
        role.keep_from_code(self.function)
