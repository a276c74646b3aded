"""The stack of the service: its parts, what each may do, and who watches them."""

from typing import Final

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra import function_zip
from infra.acknowledgements import acknowledge
from infra.alarms import Alarms
from infra.batch import Batch
from infra.buckets import ANSWERS, MODELS, OVERRIDES, PHOTOS, UPLOADS, Transit
from infra.budget import Budget
from infra.cache import Cache
from infra.code import code_of, retention
from infra.dashboard import Dashboard
from infra.database import Database
from infra.database_users import PUBLISHER, READER
from infra.environments import (
    Places,
    function_environment,
    publisher_environment,
    site_environment,
)
from infra.gradual_shift import GradualShift
from infra.image import CERTIFICATES
from infra.inference import Inference
from infra.kept import Kept
from infra.network import Network
from infra.permissions import keep_objects, list_objects, read_objects, statement
from infra.publishing import Publishing
from infra.settings import Settings
from infra.site_fargate import FargateSite
from infra.site_lambda import LambdaSite

__all__ = ["Service"]

_UNPACKED: Final = "/var/task/certificates"


class Service(Stack):
    """Everything that can be taken down and put up again."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings, kept: Kept) -> None:
        super().__init__(
            scope,
            name,
            env={"account": settings.account, "region": settings.region},
            description=f"Fieldmark: the service, profile {settings.profile}",
        )
        self._settings = settings
        self._kept = kept
        self.network = Network(
            self,
            "Network",
            zones=settings.zone_names,
            log_retention=retention(settings.log_days),
        )
        self.database = self._database()
        self.cache = Cache(
            self,
            "Cache",
            network=self.network,
            max_gb=settings.cache_max_gb,
            max_ecpu_per_s=settings.cache_max_ecpu_per_s,
        )
        self.transit = Transit(self, "Transit", access_log=kept.access_log)
        self.places = Places(
            self.database,
            self.cache,
            kept.journal,
            kept.releases,
            kept.photos,
            self.transit.uploads,
        )
        self.cluster = ecs.Cluster(self, "Cluster", vpc=self.network.vpc)
        self.inference = self._inference()
        self.site = self._fargate() if settings.profile == "fargate" else self._lambda()
        self.site.allow(*self._kept_by_site())
        self.transit.take_uploads_from([self.site.url])
        self.inference.allow_besides("Inbox", keep_objects(self.transit.inbox))
        self.transit.identify_inbox_with(self.inference.alias)
        self.batch = Batch(
            self,
            "Batch",
            collections=kept.collections,
            function=self.inference.alias,
            settings=settings,
        )
        self._publishing()
        self._watch()
        acknowledge(self)
        CfnOutput(self, "Url", value=self.site.url)

    def _database(self) -> Database:
        scaling = rds.CfnDBCluster.ServerlessV2ScalingConfigurationProperty
        settings = self._settings
        return Database(
            self,
            "Database",
            network=self.network,
            capacity=scaling(
                min_capacity=settings.min_acu,
                max_capacity=settings.max_acu,
                seconds_until_auto_pause=settings.pause_after_s if settings.min_acu == 0 else None,
            ),
            log_retention=retention(settings.log_days),
        )

    def _inference(self) -> Inference:
        inference = Inference(
            self,
            "Inference",
            code=code_of(function_zip.ML, self._settings),
            network=self.network,
            settings=self._settings,
            environment=function_environment(self.places, self._settings, self._roots(_UNPACKED)),
        )
        inference.allow(
            *self._areas(),
            read_objects(self._kept.releases, MODELS),
            read_objects(self._kept.releases, OVERRIDES),
            read_objects(self.transit.uploads, UPLOADS),
            list_objects(self.transit.uploads),
            read_objects(self._kept.collections),
        )
        return inference

    def _fargate(self) -> FargateSite:
        alias = self.inference.alias
        site = FargateSite(
            self,
            "Site",
            cluster=self.cluster,
            network=self.network,
            settings=self._settings,
            environment=site_environment(
                self.places,
                self._settings,
                self._roots(CERTIFICATES),
                ml=f"{self.inference.function.function_name}:{alias.alias_name}",
                proxies=self.network.vpc.vpc_cidr_block,
            ),
        )
        site.allow(statement("lambda:InvokeFunction", on=[alias.function_arn]))
        return site

    def _lambda(self) -> LambdaSite:
        return LambdaSite(
            self,
            "Site",
            code=code_of(function_zip.WEB, self._settings),
            network=self.network,
            settings=self._settings,
            environment=site_environment(
                self.places, self._settings, self._roots(_UNPACKED), ml=None, proxies=""
            ),
        )

    def _publishing(self) -> None:
        publishing = Publishing(
            self,
            "Publishing",
            network=self.network,
            settings=self._settings,
            environment=publisher_environment(self.places, self._roots(CERTIFICATES)),
        )
        for allowed in (
            self.database.connect(PUBLISHER),
            self.cache.connect(),
            read_objects(self._kept.releases),
            list_objects(self._kept.releases),
        ):
            publishing.task.add_to_task_role_policy(allowed)

        subnets = self.network.vpc.select_subnets(subnet_type=ec2.SubnetType.PUBLIC).subnet_ids
        for name, value in {
            "PublishingCluster": self.cluster.cluster_name,
            "PublishingTask": publishing.task.task_definition_arn,
            "PublishingSubnets": ",".join(subnets),
            "PublishingGroup": publishing.group.security_group_id,
        }.items():
            CfnOutput(self, name, value=value)

    def _watch(self) -> None:
        settings = self._settings
        alarms = Alarms(self, "Alarms", email=settings.alarm_email)
        functions = {"ml": self.inference.alias}
        if isinstance(self.site, LambdaSite):
            functions["site"] = self.site.alias
        for name, alias in functions.items():
            GradualShift(
                self, f"{name.title()}Shift", alias=alias, alarms=alarms.function(alias, name)
            )
        alarms.areas()
        alarms.database(self.database.name, settings.database_connections, settings.max_acu)
        alarms.site(self.site.broken)
        alarms.batch(self.batch.machine.metric_failed(period=Duration.minutes(5)))
        alarms.journal(self.site.log)
        Budget(self, "Budget", limit_usd=settings.budget_usd, topic=alarms.topic)
        Dashboard(
            self,
            "Dashboard",
            functions=list(functions.values()),
            cluster=self.database.name,
            cache=self.cache.name,
        )

    def _areas(self) -> list[iam.PolicyStatement]:
        return [self.database.connect(READER), self.cache.connect()]

    def _kept_by_site(self) -> list[iam.PolicyStatement]:
        return [
            *self._areas(),
            read_objects(self._kept.releases, MODELS),
            read_objects(self._kept.releases, OVERRIDES),
            keep_objects(self._kept.journal, ANSWERS),
            list_objects(self._kept.journal),
            keep_objects(self._kept.photos, PHOTOS),
            list_objects(self._kept.photos),
            keep_objects(self.transit.uploads, UPLOADS),
            list_objects(self.transit.uploads),
        ]

    def _roots(self, folder: str) -> str:
        return f"{folder}/{self._settings.region}.pem"
