"""The database: Aurora PostgreSQL Serverless v2 that sleeps, and believes roles of AWS only."""

from typing import Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra.database_users import DATABASE, PUBLISHER
from infra.network import Network
from infra.permissions import statement

__all__ = ["Database"]

_ENGINE: Final = "aurora-postgresql"
_ENGINE_VERSION: Final = "17.5"
"""The auto-pause needs 16.3, 15.7 or newer."""
_BACKUP_DAYS: Final = 7


class Database(Construct):
    """A cluster of one instance, with no password and no secret.

    CDK's DatabaseCluster always makes a secret (aws/aws-cdk#37658); CloudFormation does not.
    What it holds is a copy: releases lie in a bucket, and publishing one again fills it again.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        network: Network,
        capacity: rds.CfnDBCluster.ServerlessV2ScalingConfigurationProperty,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, name)
        self.name = f"{Stack.of(self).stack_name}-atlas".lower()
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/rds/cluster/{self.name}/postgresql",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.cluster = rds.CfnDBCluster(
            self,
            "Cluster",
            db_cluster_identifier=self.name,
            engine=_ENGINE,
            engine_version=_ENGINE_VERSION,
            database_name=DATABASE,
            master_username=PUBLISHER,
            master_user_authentication_type="iam-db-auth",
            enable_iam_database_authentication=True,
            serverless_v2_scaling_configuration=capacity,
            db_subnet_group_name=self._subnets(network).ref,
            vpc_security_group_ids=[network.database.security_group_id],
            db_cluster_parameter_group_name=self._parameters().ref,
            storage_encrypted=True,
            deletion_protection=True,
            backup_retention_period=_BACKUP_DAYS,
            copy_tags_to_snapshot=True,
            enable_cloudwatch_logs_exports=["postgresql"],
        )
        self.cluster.apply_removal_policy(RemovalPolicy.DESTROY)
        self.cluster.node.add_dependency(log)
        rds.CfnDBInstance(
            self,
            "Instance",
            db_cluster_identifier=self.cluster.ref,
            db_instance_class="db.serverless",
            engine=_ENGINE,
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
        ).apply_removal_policy(RemovalPolicy.DESTROY)

    def url(self, user: str, roots: str) -> str:
        """Return the address for a user; ``roots`` is the client's file of authorities."""
        endpoint = self.cluster.attr_endpoint_address
        verified = f"sslmode=verify-full&sslrootcert={roots}"
        return f"postgresql://{user}@{endpoint}:5432/{DATABASE}?{verified}"

    def connect(self, user: str) -> iam.PolicyStatement:
        """Return the permission to be a user of the database."""
        resource = f"dbuser:{self.cluster.attr_db_cluster_resource_id}/{user}"
        arn = Stack.of(self).format_arn(service="rds-db", resource=resource)
        return statement("rds-db:connect", on=[arn])

    def _subnets(self, network: Network) -> rds.CfnDBSubnetGroup:
        chosen: ec2.SelectedSubnets = network.vpc.select_subnets(
            subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
        )
        return rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Isolated subnets",
            subnet_ids=chosen.subnet_ids,
        )

    def _parameters(self) -> rds.CfnDBClusterParameterGroup:
        return rds.CfnDBClusterParameterGroup(
            self,
            "Parameters",
            description="TLS only; a forgotten session does not keep the database awake",
            family=f"{_ENGINE}17",
            parameters={
                "rds.force_ssl": "1",
                "idle_session_timeout": "600000",
                "idle_in_transaction_session_timeout": "60000",
                "log_min_duration_statement": "1000",
            },
        )
