"""Taking down: what protects the stacks is lifted first, by name and on purpose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

__all__ = ["KEPT", "SERVICE", "Clients", "buckets_of", "empty", "lift_protection", "remove"]

SERVICE: Final = "Fieldmark"
KEPT: Final = "FieldmarkKept"
"""The stacks' names, as infra/app.py gives them."""

_PER_CALL: Final = 1000


@dataclass(frozen=True, slots=True)
class Clients:
    """AWS, as far as it is needed here."""

    cloudformation: Any
    rds: Any
    s3: Any

    @classmethod
    def of(cls, region: str) -> "Clients":
        """Return the clients for a region, with the credentials at hand."""
        session = boto3.Session(region_name=region)
        return cls(session.client("cloudformation"), session.client("rds"), session.client("s3"))


def lift_protection(clients: Clients, stack: str, *, of_stack: bool) -> None:
    """Let the stack's database be deleted, and where told so the stack itself."""
    for cluster in _resources(clients, stack, "AWS::RDS::DBCluster"):
        clients.rds.modify_db_cluster(
            DBClusterIdentifier=cluster, DeletionProtection=False, ApplyImmediately=True
        )
    if of_stack:
        clients.cloudformation.update_termination_protection(
            StackName=stack, EnableTerminationProtection=False
        )


def buckets_of(clients: Clients, stack: str) -> Sequence[str]:
    """Return the names of the stack's buckets; none where there is no such stack."""
    return list(_resources(clients, stack, "AWS::S3::Bucket"))


def empty(clients: Clients, bucket: str) -> int:
    """Delete every version of every object, and return how many there were."""
    count = 0
    for page in clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        for start in range(0, len(objects), _PER_CALL):
            batch = {"Objects": objects[start : start + _PER_CALL], "Quiet": True}
            clients.s3.delete_objects(Bucket=bucket, Delete=batch)
        count += len(objects)
    return count


def remove(clients: Clients, bucket: str) -> None:
    """Empty a bucket and delete it."""
    empty(clients, bucket)
    clients.s3.delete_bucket(Bucket=bucket)


def _resources(clients: Clients, stack: str, kind: str) -> Iterator[str]:
    pages = clients.cloudformation.get_paginator("list_stack_resources")
    try:
        for page in pages.paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                if resource["ResourceType"] == kind and resource.get("PhysicalResourceId"):
                    yield str(resource["PhysicalResourceId"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":  # there is no such stack
            raise
