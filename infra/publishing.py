"""Publishing: a task that loads a release from its bucket into the database, and flips to it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.code import retention
from infra.image import image, log_to, scratch_of
from infra.network import Network
from infra.settings import Settings

__all__ = ["Publishing"]

_CPU: Final = 1024
_MEMORY_MIB: Final = 2048
_SCRATCH_GIB: Final = 30
"""A release is fetched whole before it is loaded."""
_SAYS_HOW: Final = ("atlas", "publish", "--help")
"""Whoever runs the task says which release; a task that nobody told changes nothing."""


class Publishing(Construct):
    """A task definition; ``make publish`` and ``make rollback`` run one."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        network: Network,
        settings: Settings,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self.group = network.client("Publishing", "tasks that publish releases")
        self.task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=_CPU,
            memory_limit_mib=_MEMORY_MIB,
            ephemeral_storage_gib=_SCRATCH_GIB,
        )
        container = self.task.add_container(
            "Publish",
            image=image(),
            command=list(_SAYS_HOW),
            environment={**environment, "AWS_REGION": Stack.of(self).region},
            readonly_root_filesystem=True,
            logging=log_to(
                logs.LogGroup(
                    self,
                    "Log",
                    retention=retention(settings.log_days),
                    removal_policy=RemovalPolicy.DESTROY,
                )
            ),
        )
        scratch_of(self.task, container)
