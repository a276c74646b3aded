"""The network: two zones, public and isolated subnets, and no way out that costs by the hour."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

__all__ = ["Network"]

_POSTGRESQL = 5432
_VALKEY_PORTS = (6379, 6380)
"""ElastiCache Serverless listens on both: for writers, and for readers beside them."""


class Network(Construct):
    """A VPC without a NAT gateway and without an interface endpoint.

    Functions reach S3 through the gateway endpoint, the database and the cache inside, and need
    nothing else: their logs leave through Lambda, and tokens are signed where they run.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        zones: Sequence[str],
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, name)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=list(zones),
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(
                    name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
                ),
            ],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
        )
        self.vpc.add_flow_log(
            "Refused",
            traffic_type=ec2.FlowLogTrafficType.REJECT,
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                logs.LogGroup(
                    self,
                    "RefusedLog",
                    retention=log_retention,
                    removal_policy=RemovalPolicy.DESTROY,
                )
            ),
        )
        self.database = self.closed("Database", "the database")
        self.cache = self.closed("Cache", "the cache")

    @property
    def isolated(self) -> ec2.SubnetSelection:
        """The subnets without a way out."""
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)

    @property
    def public(self) -> ec2.SubnetSelection:
        """The subnets with a way out, for what must have one."""
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)

    def closed(self, name: str, whom: str) -> ec2.SecurityGroup:
        """Return a security group that lets nothing in or out."""
        return ec2.SecurityGroup(
            self, name, vpc=self.vpc, description=f"Around {whom}", allow_all_outbound=False
        )

    def client(self, name: str, whom: str) -> ec2.SecurityGroup:
        """Return a security group whose members reach the database, the cache and HTTPS."""
        group = self.closed(name, whom)
        self._open(group, self.database, (_POSTGRESQL,), "PostgreSQL")
        self._open(group, self.cache, _VALKEY_PORTS, "Valkey")
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "S3 and APIs of AWS")
        return group

    @staticmethod
    def _open(
        client: ec2.SecurityGroup, server: ec2.SecurityGroup, ports: Sequence[int], what: str
    ) -> None:
        for port in ports:
            server.add_ingress_rule(client, ec2.Port.tcp(port), what)
            client.add_egress_rule(server, ec2.Port.tcp(port), what)
