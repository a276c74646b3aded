"""The role of a function: its log, its traces, and the interface that Lambda makes for it."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.permissions import statement

__all__ = ["FunctionRole"]

_INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""AWSLambdaVPCAccessExecutionRole, less its right to every log of the account."""


class FunctionRole(Construct):
    """A role without a managed policy."""

    def __init__(self, scope: Construct, name: str, *, log: logs.ILogGroup) -> None:
        super().__init__(scope, name)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        for allowed in (
            statement("logs:CreateLogStream", "logs:PutLogEvents", on=[log.log_group_arn]),
            statement("xray:PutTraceSegments", "xray:PutTelemetryRecords", on=["*"]),
            statement(*_INTERFACES, on=["*"]),
        ):
            self.role.add_to_policy(allowed)

    def keep_from_code(self, function: lambda_.IFunction) -> None:
        """Refuse to the function's code what Lambda alone needs: interfaces in our network."""
        refused = iam.PolicyStatement(
            effect=iam.Effect.DENY, actions=list(_INTERFACES), resources=["*"]
        )
        refused.add_condition("ArnEquals", {"lambda:SourceFunctionArn": [function.function_arn]})
        iam.Policy(self, "NotTheCode", roles=[self.role], statements=[refused])
