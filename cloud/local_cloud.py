"""The parts of the local cloud, started in the order in which they need each other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cloud.children import MARK
from cloud.data_tier import DataTier, data_tier
from cloud.function_code import FunctionCode
from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble, lambda_double
from cloud.storage import Storage, storage
from cloud.website import Website, website

__all__ = ["FUNCTION", "LocalCloud", "Plan", "local_cloud"]

FUNCTION: Final = "identify"
_HANDLER: Final = "fieldmark.entrypoints.aws_lambda.handler"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run; port 0 takes any that is free, ``atlas`` None the bundled release.

    ``more`` are further settings of the function and the website.
    """

    code: FunctionCode
    atlas: Path | None = None
    port: int = 0
    environments: int = 12
    idle_s: float = 300.0
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """What runs; ``environment`` holds the settings of the website, for others to do as it does."""

    folder: Path
    data: DataTier
    storage: Storage
    lambdas: LambdaDouble
    environment: Mapping[str, str]
    website: Website


@contextmanager
def local_cloud(plan: Plan, folder: Path) -> Iterator[LocalCloud]:
    """Run everything until the block ends; then nothing of it is left but what the folder holds."""
    with data_tier(folder, plan.atlas) as data, storage(plan.port) as stored:
        shared = {
            **data.environment,
            "FIELDMARK_UPLOADS": stored.uploads,
            **stored.aws,
        }
        with lambda_double([_function(plan, shared, folder)]) as lambdas:
            environment = {
                **shared,
                "FIELDMARK_ML": f"lambda:{FUNCTION}",
                "FIELDMARK_CONCURRENCY": str(plan.environments),
                "FIELDMARK_JOURNAL": stored.journal,
                "FIELDMARK_BLOBS": stored.photos,
                "FIELDMARK_KEEP_PHOTOS": "yes",
                "AWS_ENDPOINT_URL_LAMBDA": lambdas.url,
                **plan.more,
            }
            with website(environment, folder / "website.log", plan.port) as site:
                yield LocalCloud(folder, data, stored, lambdas, environment, site)


def _function(plan: Plan, shared: Mapping[str, str], folder: Path) -> Function:
    return Function(
        name=FUNCTION,
        handler=_HANDLER,
        root=plan.code.root,
        environment={
            **shared,
            "FIELDMARK_JOURNAL": "off",
            "FIELDMARK_METRICS": "emf",
            **plan.more,
            MARK: str(folder),
        },
        concurrency=plan.environments,
        idle_s=plan.idle_s,
        log=folder / "function.log",
        is_sealed=plan.code.is_sealed,
    )
