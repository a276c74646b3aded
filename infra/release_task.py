"""A release on its way into the database: laid into its bucket, loaded by a task of the stack."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from infra.database_users import READER
from infra.teardown import KEPT, SERVICE

__all__ = ["Aws", "publish", "roll_back"]

_WAIT: Final = {"Delay": 10, "MaxAttempts": 720}
"""Two hours; a release of 100,000 cells takes minutes."""


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS, as far as it is needed here."""

    cloudformation: Any
    ecs: Any
    s3: Any

    @classmethod
    def of(cls, region: str) -> "Aws":
        """Return the clients for a region, with the credentials at hand."""
        session = boto3.Session(region_name=region)
        return cls(session.client("cloudformation"), session.client("ecs"), session.client("s3"))


def publish(file: Path, region: str, aws: Aws | None = None) -> int:
    """Lay the file into the bucket of releases, let a task publish it, and return its exit code."""
    aws = aws or Aws.of(region)
    bucket = _outputs(aws, KEPT)["ReleasesBucket"]
    aws.s3.upload_file(str(file), bucket, file.name)
    place = f"s3://{bucket}/{file.name}"
    return _run(aws, ["atlas", "publish", place, "--reader", READER])


def roll_back(region: str, aws: Aws | None = None) -> int:
    """Let a task put the release to use again that was in use before."""
    return _run(aws or Aws.of(region), ["atlas", "rollback"])


def _run(aws: Aws, command: Sequence[str]) -> int:
    outputs = _outputs(aws, SERVICE)
    cluster = outputs["PublishingCluster"]
    started = aws.ecs.run_task(
        cluster=cluster,
        taskDefinition=outputs["PublishingTask"],
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": outputs["PublishingSubnets"].split(","),
                "securityGroups": [outputs["PublishingGroup"]],
                "assignPublicIp": "ENABLED",
            }
        },
        overrides={"containerOverrides": [{"name": "Publish", "command": list(command)}]},
    )
    if started["failures"]:
        _say(f"no task was started: {started['failures'][0].get('reason')}")
        return 1
    task = started["tasks"][0]["taskArn"]
    _say(f"fieldmark {' '.join(command)} runs as {task}; its log is Fieldmark-PublishingLog…")
    aws.ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=[task], WaiterConfig=_WAIT)
    (ended,) = aws.ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
    code = ended["containers"][0].get("exitCode")
    _say(f"it ended with {code}: {ended.get('stoppedReason', '')}")
    return 1 if code is None else int(code)


def _outputs(aws: Aws, stack: str) -> Mapping[str, str]:
    (found,) = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
