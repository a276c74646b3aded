"""Publishing: a task that loads a release from its bucket into the database, and flips to it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput, RemovalPolicy, Stack
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
    """A task definition and where to run it; ``make publish`` starts one."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        cluster: ecs.ICluster,
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
        subnets = network.vpc.select_subnets(subnet_type=network.public.subnet_type).subnet_ids
        CfnOutput(self, "ClusterName", value=cluster.cluster_name)
        CfnOutput(self, "TaskName", value=self.task.family)
        CfnOutput(self, "Subnets", value=",".join(subnets))
        CfnOutput(self, "Group", value=self.group.security_group_id)
