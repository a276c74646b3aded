"""The cache of areas: ElastiCache Serverless for Valkey, for roles of AWS only."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.network import Network
from infra.permissions import statement

__all__ = ["ACCESS", "Cache"]

_ENGINE: Final = "valkey"
_ENGINE_VERSION: Final = "8"
ACCESS: Final = "on ~* resetchannels -@all +get +set +asking +ping"
"""What the one user may do, in the words of Valkey's ACL: what adapters/valkey_cache.py says."""


class Cache(Construct):
    """A cache within limits; it has TLS because ElastiCache Serverless has nothing else."""

    def __init__(
        self, scope: Construct, name: str, *, network: Network, max_gb: int, max_ecpu_per_s: int
    ) -> None:
        super().__init__(scope, name)
        self._name = f"{Stack.of(self).stack_name}-areas".lower()
        self.user = self._name
        member = elasticache.CfnUser(
            self,
            "User",
            engine=_ENGINE,
            user_id=self.user,
            user_name=self.user,
            access_string=ACCESS,
            authentication_mode={"Type": "iam"},
        )
        group = elasticache.CfnUserGroup(
            self,
            "Users",
            engine=_ENGINE,
            user_group_id=f"{self._name}-users",
            user_ids=[member.ref],
        )
        limits = elasticache.CfnServerlessCache
        self.cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            serverless_cache_name=self._name,
            engine=_ENGINE,
            major_engine_version=_ENGINE_VERSION,
            description="What is known of areas, for all functions and containers together",
            cache_usage_limits=limits.CacheUsageLimitsProperty(
                data_storage=limits.DataStorageProperty(unit="GB", maximum=max_gb),
                ecpu_per_second=limits.ECPUPerSecondProperty(maximum=max_ecpu_per_s),
            ),
            subnet_ids=network.vpc.select_subnets(
                subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
            ).subnet_ids,
            security_group_ids=[network.cache.security_group_id],
            user_group_id=group.ref,
        )

    @property
    def url(self) -> str:
        """The cache's address for its one user."""
        return f"valkeys://{self.user}@{self.cache.attr_endpoint_address}:6379"

    @property
    def name(self) -> str:
        """What CloudWatch calls it."""
        return self._name

    def connect(self) -> iam.PolicyStatement:
        """Return the permission to be the cache's user."""
        stack = Stack.of(self)
        user = stack.format_arn(service="elasticache", resource=f"user:{self.user}")
        return statement("elasticache:Connect", on=[self.cache.attr_arn, user])
