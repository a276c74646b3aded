"""What ``make cloud`` says when all is up."""

import shlex
from collections.abc import Mapping

from cloud.local_cloud import FUNCTION, LocalCloud, Plan

__all__ = ["environment_file", "overview"]


def overview(cloud: LocalCloud, plan: Plan) -> str:
    """Return a table of the parts: what each is, and where."""
    code = "the zip of the template" if plan.code.is_sealed else "the checkout"
    environments = f"up to {plan.environments} processes of {code}"
    rows = [
        ("website", "fieldmark serve", cloud.website.url),
        ("function", f"a double of Lambda, {environments}", f"{cloud.lambdas.url} ({FUNCTION})"),
        (
            "atlas",
            f"PostgreSQL, release {cloud.data.release()}",
            cloud.environment["FIELDMARK_ATLAS"],
        ),
        ("cache", "Valkey in cluster mode behind TLS", cloud.data.valkey.url),
        ("objects", "moto, a double of S3", cloud.storage.server.url),
        ("state", "logs, certificate, databases", f"{cloud.folder} (goes with it)"),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in rows]
    return "\n".join(
        [
            "",
            "The local cloud. It stands in for AWS in development and tests; it is not AWS.",
            "",
            *lines,
            "",
            f"Settings of the website, for other programs: set -a; . {cloud.folder}/environment",
            "Ctrl-C ends everything.",
        ]
    )


def environment_file(environment: Mapping[str, str]) -> str:
    """Return the variables as a shell reads them."""
    return "".join(f"{name}={shlex.quote(text)}\n" for name, text in sorted(environment.items()))
