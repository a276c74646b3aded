"""Code of functions: which zip, which runtime, and how long its log is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra import function_zip
from infra.settings import Settings

__all__ = ["BUILT", "SCRATCH", "Code", "code_of", "retention"]

SCRATCH: Final = {"XDG_CACHE_HOME": "/tmp"}  # noqa: S108  # the one folder a function may write
BUILT: Final = Path(__file__).parents[1] / "build/functions"


@dataclass(frozen=True, slots=True)
class Code:
    """What a function runs, and on what."""

    asset: lambda_.Code
    runtime: lambda_.Runtime
    log_retention: logs.RetentionDays


def code_of(recipe: function_zip.Recipe, settings: Settings) -> Code:
    """Return the code of a function, its zip built where it is not there yet."""
    zipped = function_zip.build(recipe, settings.python, BUILT)
    return Code(
        asset=lambda_.Code.from_asset(str(zipped)),
        runtime=lambda_.Runtime(f"python{settings.python}", lambda_.RuntimeFamily.PYTHON),
        log_retention=retention(settings.log_days),
    )


def retention(days: int) -> logs.RetentionDays:
    """Return CloudWatch's own word for so many days, rounded up to what it knows."""
    known = {
        1: "ONE_DAY",
        3: "THREE_DAYS",
        5: "FIVE_DAYS",
        7: "ONE_WEEK",
        14: "TWO_WEEKS",
        30: "ONE_MONTH",
        60: "TWO_MONTHS",
        90: "THREE_MONTHS",
        180: "SIX_MONTHS",
        365: "ONE_YEAR",
    }
    return logs.RetentionDays[known[next((d for d in known if d >= days), 365)]]
