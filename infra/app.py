"""The CDK app: what is deployed."""

import os
import sys
from pathlib import Path
from typing import Final

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.kept import Kept
from infra.service import Service
from infra.settings import Settings

__all__ = ["build", "main"]

_FLAGS: Final = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/aws-codedeploy:removeAlarmsFromDeploymentGroup": True,
    "@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:validateAgainstDefaultRules": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}
"""What today's CDK would do if it could start anew."""


def build(settings: Settings, out: Path | None = None) -> App:
    """Return the app with the stack that stays and the stack of the service."""
    zones = f"availability-zones:account={settings.account}:region={settings.region}"
    app = App(
        outdir=str(out) if out else None,
        context={**_FLAGS, zones: list(settings.zone_names)},
        analytics_reporting=False,
    )
    kept = Kept(app, "FieldmarkKept", settings=settings)
    Service(app, "Fieldmark", settings=settings, kept=kept)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> None:
    """Write the templates of ``infra/settings.toml``, changed by the arguments ``name=value``."""
    changes = dict(pair.split("=", 1) for pair in sys.argv[1:])
    settings = Settings.read(Path(__file__).with_name("settings.toml"), changes)
    out = os.environ.get("CDK_OUTDIR")
    build(settings, Path(out) if out else None).synth()
