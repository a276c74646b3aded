"""The website as containers: CloudFront → an internal load balancer → tasks → the function."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.code import retention
from infra.image import image, log_to, scratch_of
from infra.network import Network
from infra.settings import Settings

__all__ = ["FargateSite"]

_PORT: Final = 8000
_CPU: Final = 256
_MEMORY_MIB: Final = 1024
_STOP_S: Final = 12
"""The server drains for up to 10 s after SIGTERM."""
_IDLE_S: Final = 60
"""Of the load balancer; the server keeps a proxy's connection longer, so it is never the first."""
_CPU_PERCENT: Final = 60
_REQUESTS_PER_TASK: Final = 600
"""A minute."""
_EDGES: Final = "com.amazonaws.global.cloudfront.origin-facing"


class FargateSite(Construct):
    """Tasks in public subnets, which need no NAT gateway; nothing from outside reaches them."""

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
        self._network = network
        self._settings = settings
        self.group = network.client("Website", "tasks of the website")
        self.log = logs.LogGroup(
            self,
            "Log",
            retention=retention(settings.log_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.task = self._task(environment)
        self.service = self._service(cluster)
        self.balancer = self._balancer()
        self.targets = self._targets()
        self._scale()
        self.distribution = self._distribution()

    @property
    def url(self) -> str:
        """Where people find the website."""
        return self._settings.site_origin or f"https://{self.distribution.domain_name}"

    @property
    def broken(self) -> cloudwatch.IMetric:
        """What the load balancer answers itself, since no task did."""
        return self.balancer.metrics.http_code_elb(
            elb.HttpCodeElb.ELB_5XX_COUNT, period=Duration.minutes(5)
        )

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Let the website do this."""
        for statement in statements:
            self.task.add_to_task_role_policy(statement)

    def _task(self, environment: Mapping[str, str]) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(self, "Task", cpu=_CPU, memory_limit_mib=_MEMORY_MIB)
        container = task.add_container(
            "Web",
            image=image(),
            environment={**environment, "AWS_REGION": Stack.of(self).region},
            logging=log_to(self.log),
            port_mappings=[ecs.PortMapping(container_port=_PORT)],
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(_STOP_S),
            linux_parameters=ecs.LinuxParameters(self, "Linux", init_process_enabled=True),
        )
        scratch_of(task, container)
        return task

    def _service(self, cluster: ecs.ICluster) -> ecs.FargateService:
        return ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=self.task,
            desired_count=self._settings.min_tasks,
            min_healthy_percent=100,
            max_healthy_percent=200,
            assign_public_ip=True,
            vpc_subnets=self._network.public,
            security_groups=[self.group],
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            health_check_grace_period=Duration.seconds(60),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def _balancer(self) -> elb.ApplicationLoadBalancer:
        around = self._network.closed("Balancer", "the load balancer")
        edges = ec2.PrefixList.from_lookup(self, "Edges", prefix_list_name=_EDGES)
        port = 443 if self._settings.origin_certificate else 80
        around.add_ingress_rule(
            ec2.Peer.prefix_list(edges.prefix_list_id), ec2.Port.tcp(port), "CloudFront"
        )
        return elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=self._network.vpc,
            vpc_subnets=self._network.isolated,
            internet_facing=False,
            security_group=around,
            idle_timeout=Duration.seconds(_IDLE_S),
            drop_invalid_header_fields=True,
        )

    def _targets(self) -> elb.ApplicationTargetGroup:
        certificate = self._settings.origin_certificate
        listener = self.balancer.add_listener(
            "Listener",
            port=443 if certificate else 80,
            protocol=elb.ApplicationProtocol.HTTPS if certificate else elb.ApplicationProtocol.HTTP,
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS if certificate else None,
            certificates=[elb.ListenerCertificate.from_arn(certificate)] if certificate else None,
            open=False,
        )
        return listener.add_targets(
            "Tasks",
            port=_PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service],
            deregistration_delay=Duration.seconds(10),
            health_check=elb.HealthCheck(
                path="/healthz",
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )

    def _scale(self) -> None:
        settings = self._settings
        count = self.service.auto_scale_task_count(
            min_capacity=settings.min_tasks, max_capacity=settings.max_tasks
        )
        count.scale_on_cpu_utilization("Cpu", target_utilization_percent=_CPU_PERCENT)
        count.scale_on_request_count(
            "Requests", requests_per_target=_REQUESTS_PER_TASK, target_group=self.targets
        )
        if settings.night:
            night, morning = (_daily(time) for time in (settings.night, settings.morning))
            count.scale_on_schedule("Night", schedule=night, min_capacity=0, max_capacity=0)
            count.scale_on_schedule(
                "Morning",
                schedule=morning,
                min_capacity=settings.min_tasks,
                max_capacity=settings.max_tasks,
            )

    def _distribution(self) -> cloudfront.Distribution:
        settings = self._settings
        named = settings.certificate or None
        origin = origins.VpcOrigin.with_application_load_balancer(
            self.balancer,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY
            if settings.origin_certificate
            else cloudfront.OriginProtocolPolicy.HTTP_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(60),
            keepalive_timeout=Duration.seconds(_IDLE_S - 5),
        )
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment="Fieldmark",
            default_behavior=_behaviour(origin, cloudfront.CachePolicy.CACHING_DISABLED),
            additional_behaviors={
                "/static/*": _behaviour(origin, cloudfront.CachePolicy.CACHING_OPTIMIZED)
            },
            domain_names=[settings.domain] if named else None,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", named)
            if named
            else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )


def _behaviour(
    origin: cloudfront.IOrigin, cache: cloudfront.ICachePolicy
) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cache,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_AND_CLOUDFRONT_2022,
    )


def _daily(time: str) -> scaling.Schedule:
    hour, minute = time.split(":")
    return scaling.Schedule.cron(hour=str(int(hour)), minute=str(int(minute)))
