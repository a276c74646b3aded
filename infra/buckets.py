"""Buckets: private, encrypted, reached over TLS only, and tidied."""

from collections.abc import Sequence
from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

__all__ = ["ANSWERS", "MODELS", "OVERRIDES", "PHOTOS", "UPLOADS", "Transit", "private_bucket"]

PHOTOS: Final = "photos/"
ANSWERS: Final = "answers/"
UPLOADS: Final = "uploads/"
MODELS: Final = "models/"
OVERRIDES: Final = "overrides/"
"""What lies below them in whatever bucket has them."""

_OLD_VERSION_DAYS: Final = 30
_INBOX_DAYS: Final = 30


def private_bucket(
    scope: Construct,
    name: str,
    *,
    removal: RemovalPolicy,
    access_log: s3.IBucket | None = None,
    expire_after: Duration | None = None,
    versioned: bool = False,
) -> s3.Bucket:
    """Return a bucket that only roles of this account reach, with half uploads tidied away."""
    old_versions = Duration.days(_OLD_VERSION_DAYS) if versioned else None
    return s3.Bucket(
        scope,
        name,
        removal_policy=removal,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=versioned,
        server_access_logs_bucket=access_log,
        server_access_logs_prefix=f"{name.lower()}/" if access_log else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                abort_incomplete_multipart_upload_after=Duration.days(1),
                expiration=expire_after,
                noncurrent_version_expiration=old_versions,
            )
        ],
    )


class Transit(Construct):
    """What passes through: uploads of browsers for a day, an inbox for a month.

    A photo laid below ``photos/`` of the inbox is identified, its answer laid below ``answers/``.
    """

    def __init__(self, scope: Construct, name: str, *, access_log: s3.IBucket) -> None:
        super().__init__(scope, name)
        gone = RemovalPolicy.DESTROY
        self.uploads = private_bucket(
            self, "Uploads", removal=gone, access_log=access_log, expire_after=Duration.days(1)
        )
        self.inbox = private_bucket(
            self,
            "Inbox",
            removal=gone,
            access_log=access_log,
            expire_after=Duration.days(_INBOX_DAYS),
        )

    def identify_inbox_with(self, function: lambda_.Alias) -> None:
        """Call the function for each new photo of the inbox.

        CDK's own way is a custom resource whose function may change every bucket.
        """
        allowed = lambda_.CfnPermission(
            self,
            "InboxMayCall",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="s3.amazonaws.com",
            source_account=Stack.of(self).account,
        )
        bucket = cast(s3.CfnBucket, self.inbox.node.default_child)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            lambda_configurations=[
                s3.CfnBucket.LambdaConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    function=function.function_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=PHOTOS)]
                        )
                    ),
                )
            ]
        )
        bucket.node.add_dependency(allowed)

    def take_uploads_from(self, origins: Sequence[str]) -> None:
        """Let pages of these origins lay down photos with the form that the site signed."""
        self.uploads.add_cors_rule(
            allowed_methods=[s3.HttpMethods.POST],
            allowed_origins=list(origins),
            allowed_headers=["*"],
            max_age=3600,
        )
