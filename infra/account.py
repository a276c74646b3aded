"""The account: what it must have before a deployment, found out before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import boto3
from botocore.exceptions import ClientError

from infra.settings import DEPLOYABLE_PYTHONS, Settings

__all__ = ["Account", "looked_up", "shortfalls"]

_LEFT_UNRESERVED: Final = 100
"""What Lambda keeps for functions that reserve nothing, and refuses to give away."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account and region: its number, how many calls it may run at once, and what is reserved.

    ``reserved_by_us`` is what an earlier deployment of this stack holds already.
    """

    number: str
    region: str
    concurrency: int
    unreserved: int
    reserved_by_us: int = 0


def shortfalls(settings: Settings, account: Account) -> Sequence[str]:
    """Return what stands against the deployment, each with what to do about it."""
    found = []
    if settings.python not in DEPLOYABLE_PYTHONS:
        found.append(
            f"Lambda's python{settings.python} has too old a glibc for the wheels: set python to "
            f"one of {', '.join(DEPLOYABLE_PYTHONS)}"
        )
    free = account.unreserved + account.reserved_by_us - _LEFT_UNRESERVED
    if settings.concurrency_needed > free:
        wanted = account.concurrency + settings.concurrency_needed - max(free, 0)
        found.append(
            f"the functions reserve {settings.concurrency_needed} calls at once, and account "
            f"{account.number} has {max(free, 0)} to give in {account.region}. Either request "
            f"{max(1000, wanted)} of 'Concurrent executions' (code L-B99A9384):\n"
            f"  aws service-quotas request-service-quota-increase --region {account.region} "
            f"--service-code lambda --quota-code L-B99A9384 --desired-value {max(1000, wanted)}\n"
            f"or set concurrency in infra/settings.toml to {max(free, 0)} or less"
        )
    return found


def looked_up(region: str, stack: str) -> Account:
    """Return the account of the credentials at hand, as AWS knows it."""
    limits = boto3.client("lambda", region_name=region).get_account_settings()["AccountLimit"]
    return Account(
        number=boto3.client("sts", region_name=region).get_caller_identity()["Account"],
        region=region,
        concurrency=limits["ConcurrentExecutions"],
        unreserved=limits["UnreservedConcurrentExecutions"],
        reserved_by_us=_reserved(region, stack),
    )


def _reserved(region: str, stack: str) -> int:
    functions = boto3.client("lambda", region_name=region)
    try:
        pages = boto3.client("cloudformation", region_name=region).get_paginator(
            "list_stack_resources"
        )
        names = [
            resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=stack)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
        ]
        return sum(
            functions.get_function_concurrency(FunctionName=name).get(
                "ReservedConcurrentExecutions", 0
            )
            for name in names
        )
    except ClientError:
        return 0  # nothing of ours is there yet
