"""The stack that stays: buckets whose contents outlive a deployment."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from constructs import Construct

from infra.buckets import private_bucket
from infra.settings import Settings

__all__ = ["Kept"]


class Kept(Stack):
    """The journal, releases and models, kept photos, collections, and the log of who read them.

    A stack of its own, so that the service can be destroyed and deployed again and finds them
    where they were; only ``make destroy PURGE=yes`` takes them down.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            name,
            env={"account": settings.account, "region": settings.region},
            description="Fieldmark: what is kept between deployments",
            termination_protection=True,
        )
        keep = RemovalPolicy.RETAIN
        self.access_log = private_bucket(
            self, "AccessLog", removal=keep, expire_after=Duration.days(settings.log_days)
        )
        # Without versions: an answer that somebody deletes is gone.
        self.journal = private_bucket(self, "Journal", removal=keep, access_log=self.access_log)
        self.releases = private_bucket(
            self, "Releases", removal=keep, access_log=self.access_log, versioned=True
        )
        self.photos = private_bucket(self, "Photos", removal=keep, access_log=self.access_log)
        self.collections = private_bucket(
            self, "Collections", removal=keep, access_log=self.access_log
        )
        CfnOutput(self, "ReleasesBucket", value=self.releases.bucket_name)
        CfnOutput(self, "CollectionsBucket", value=self.collections.bucket_name)
