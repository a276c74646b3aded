"""The parts of the local cloud, started in the order in which they need each other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cloud.children import MARK
from cloud.function_code import FunctionCode
from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble, lambda_double
from cloud.release import published
from cloud.storage import Storage, storage
from cloud.website import Website, website
from postgres_server import PostgresServer, postgres_server
from proxy import Proxy, proxy
from valkey_server import Authority, Valkey, valkey_server

__all__ = ["DATABASE", "FUNCTION", "LocalCloud", "Plan", "local_cloud"]

FUNCTION: Final = "identify"
DATABASE: Final = "fieldmark"
READER: Final = "reader"
_HANDLER: Final = "fieldmark.entrypoints.aws_lambda.handler"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run; port 0 takes any that is free, ``atlas`` None the bundled release.

    ``more`` are further settings, for the function and the website alike.
    """

    code: FunctionCode
    atlas: Path | None = None
    port: int = 0
    environments: int = 12
    idle_s: float = 300.0
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """What runs; clients reach PostgreSQL through ``to_postgres``, Valkey through its own proxy.

    ``environment`` holds the settings of the website, for other programs to do as it does.
    """

    folder: Path
    postgres: PostgresServer
    to_postgres: Proxy
    release: str
    valkey: Valkey
    storage: Storage
    lambdas: LambdaDouble
    environment: Mapping[str, str]
    website: Website

    @property
    def database(self) -> str:
        """Return the address that releases are published to."""
        return self.postgres.url(DATABASE)


@contextmanager
def local_cloud(plan: Plan, folder: Path) -> Iterator[LocalCloud]:
    """Run everything until the block ends; then nothing of it is left but what the folder holds."""
    authority = Authority(folder)
    with (
        postgres_server() as postgres,
        valkey_server(authority, cluster=True) as valkey,
        proxy(postgres.port) as to_postgres,
        storage(plan.port) as stored,
    ):
        release = published(plan.atlas, postgres, DATABASE, READER, valkey.url)
        shared = {
            "FIELDMARK_ATLAS": f"postgresql://{READER}@127.0.0.1:{to_postgres.port}/{DATABASE}",
            "FIELDMARK_CACHE": valkey.url,
            "FIELDMARK_UPLOADS": stored.uploads,
            **stored.aws,
            **plan.more,
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
                yield LocalCloud(
                    folder=folder,
                    postgres=postgres,
                    to_postgres=to_postgres,
                    release=release,
                    valkey=valkey,
                    storage=stored,
                    lambdas=lambdas,
                    environment=environment,
                    website=site,
                )


def _function(plan: Plan, shared: Mapping[str, str], folder: Path) -> Function:
    return Function(
        name=FUNCTION,
        handler=_HANDLER,
        root=plan.code.root,
        environment={
            **shared,
            "FIELDMARK_JOURNAL": "off",
            "FIELDMARK_METRICS": "emf",
            MARK: str(folder),
        },
        concurrency=plan.environments,
        idle_s=plan.idle_s,
        log=folder / "function.log",
        is_sealed=plan.code.is_sealed,
    )
