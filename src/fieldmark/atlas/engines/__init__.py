"""Engines: what runs the expressions over occurrence records.

DuckDB in this process, Spark where there is a cluster. The expressions are the same; an engine only
reads Parquet, keeps what it worked out, and gives small results. ``athena`` runs nothing: it writes
the same expressions down as SQL.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import ibis

__all__ = ["Engine", "bit_or"]


class Engine(Protocol):
    """Runs Ibis expressions; one is used for a whole build and closed after it."""

    def parquet(self, paths: Sequence[str]) -> ibis.Table:
        """Return Parquet files, or globs or ``s3://`` addresses of them, as one table.

        Raises:
            SourceBroken: a file is missing or no Parquet, or the address cannot be read from here.
        """
        ...

    def memory(self, table: Any, name: str) -> ibis.Table:  # noqa: ANN401 - Arrow has no types
        """Return an Arrow table of this process as a table of the engine."""
        ...

    def keep(self, expression: ibis.Table, name: str) -> ibis.Table:
        """Work the expression out once and return the outcome as a table, on disk if it is large.

        Raises:
            OSError: the disk is full.
            SourceBroken: a file that the expression reads is broken.
        """
        ...

    def read(self, expression: ibis.Table) -> Any:  # noqa: ANN401 - an Arrow table
        """Return the outcome of the expression as an Arrow table, its rows in any order.

        Raises:
            OSError, SourceBroken: as ``keep``.
        """
        ...

    def drop(self, name: str) -> None:
        """Forget what was kept under that name, to make room; no table over it may be used."""
        ...

    def close(self) -> None:
        """Give back what the engine holds, what it kept included."""
        ...


@ibis.udf.agg.builtin(name="bit_or")  # type: ignore[untyped-decorator]
def bit_or(bits: int) -> int:  # type: ignore[empty-body]
    """Return the bits that are set in any row; DuckDB and Spark both have it, Ibis for one only."""
