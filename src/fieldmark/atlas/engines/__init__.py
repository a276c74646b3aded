"""Engines: what runs the expressions over occurrence records.

DuckDB in this process, Spark where there is a cluster, Athena over a public bucket. The expressions
are the same; an engine only reads Parquet, keeps what it worked out, and gives small results.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import ibis

__all__ = ["Engine"]


class Engine(Protocol):
    """Runs Ibis expressions; one is used for a whole build and closed after it."""

    def parquet(self, paths: Sequence[str]) -> ibis.Table:
        """Return Parquet files, or globs or ``s3://`` addresses of them, as one table."""
        ...

    def memory(self, table: Any, name: str) -> ibis.Table:  # noqa: ANN401 - Arrow has no types
        """Return an Arrow table of this process as a table of the engine."""
        ...

    def keep(self, expression: ibis.Table, name: str) -> ibis.Table:
        """Work the expression out once and return the outcome as a table, on disk if it is large.

        Raises:
            OSError: the disk is full.
        """
        ...

    def read(self, expression: ibis.Table) -> Any:  # noqa: ANN401 - an Arrow table
        """Return the outcome of the expression as an Arrow table."""
        ...

    def close(self) -> None:
        """Give back what the engine holds, what it kept included."""
        ...
