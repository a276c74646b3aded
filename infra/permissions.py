"""Permissions, spelt out: each names its actions and what it holds for."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

__all__ = ["keep_objects", "list_objects", "read_objects", "statement"]


def statement(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    """Return the permission to do these actions on these resources."""
    return iam.PolicyStatement(actions=list(actions), resources=list(on))


def read_objects(bucket: s3.IBucket, prefix: str = "") -> iam.PolicyStatement:
    """Return the permission to read what lies below a prefix."""
    return statement("s3:GetObject", on=[bucket.arn_for_objects(f"{prefix}*")])


def keep_objects(bucket: s3.IBucket, prefix: str = "") -> iam.PolicyStatement:
    """Return the permission to read, write and delete what lies below a prefix."""
    return statement(
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        on=[bucket.arn_for_objects(f"{prefix}*")],
    )


def list_objects(bucket: s3.IBucket) -> iam.PolicyStatement:
    """Return the permission to list a bucket; without it, reading what is not there is 403.

    A condition on the prefix would bring that back: who reads one object names no prefix.
    """
    return statement("s3:ListBucket", on=[bucket.bucket_arn])
