"""The container image of the website and the publishing task; built where it is deployed."""

from pathlib import Path
from typing import Final

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

__all__ = ["CERTIFICATES", "SCRATCH", "image", "log_to", "scratch_of"]

CERTIFICATES: Final = "/opt/fieldmark/certificates"
SCRATCH: Final = "/scratch"
"""The one folder that can be written: it belongs to the image's user and goes with the task."""

_ROOT: Final = Path(__file__).parents[1]


def image() -> ecs.ContainerImage:
    """Return the image of the Dockerfile; synthesis only hashes what goes into it."""
    return ecs.ContainerImage.from_asset(str(_ROOT), platform=ecr_assets.Platform.LINUX_AMD64)


def scratch_of(task: ecs.FargateTaskDefinition, container: ecs.ContainerDefinition) -> None:
    """Give a container with a read-only root its scratch folder."""
    task.add_volume(name="scratch")
    container.add_mount_points(
        ecs.MountPoint(container_path=SCRATCH, source_volume="scratch", read_only=False)
    )


def log_to(group: logs.ILogGroup) -> ecs.LogDriver:
    """Return where a container's lines go; a slow log never holds up an answer."""
    return ecs.LogDrivers.aws_logs(
        stream_prefix="fieldmark", log_group=group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
    )
