"""The ML service: one function, a photo and its place in, an answer out."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.code import Code
from infra.function import PrivateFunction, Purpose
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
        made = PrivateFunction(
            self,
            Purpose(
                description="Fieldmark: names the animal in a photo",
                handler="fieldmark.entrypoints.aws_lambda.handler",
                timeout_s=_TIMEOUT_S,
                concurrency=settings.concurrency,
                environment=environment,
            ),
            self.group,
            code=code,
            network=network,
            settings=settings,
        )
        self._role, self.function = made.role, made.function
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
        iam.Policy(self, name, roles=[self._role], statements=list(statements))
