"""DuckDB in this process: out of core, within a bound of memory."""

import errno
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import ibis

from fieldmark.cores import cores
from fieldmark.errors import SourceBroken

__all__ = ["DEFAULT_MEMORY_BYTES", "DuckDBEngine"]

DEFAULT_MEMORY_BYTES: Final = 1 << 30

_IBIS_ASKS: Final = r"fetch_arrow_table\(\) is deprecated"
"""What DuckDB 2 says of how Ibis 12 asks for columns."""

_REMOTE: Final = "s3://"
_NO_ROOM: Final = ("No space left", "max_temp_directory_size", "File too large", "Disk quota")


class DuckDBEngine:
    """Runs expressions on DuckDB.

    Args:
        memory_bytes: what its buffers may take; what does not fit is written to ``folder``.
        folder: where a private folder is made for that, removed with ``close`` or when the process
            ends; the system's own place for temporary files unless given.
        threads: all cores unless given.
        spill_bytes: what may be written there at most; what is free on that disk unless given.
    """

    def __init__(
        self,
        *,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        folder: Path | None = None,
        threads: int | None = None,
        spill_bytes: int | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fieldmark-atlas-", dir=folder)
        self._backend = ibis.duckdb.connect(
            temp_directory=self._folder.name,
            memory_limit=f"{memory_bytes}B",
            threads=threads or cores(),
            preserve_insertion_order=False,
        )
        if spill_bytes is not None:  # DuckDB forgets it where it is set with the folder
            self.connection.execute(f"SET max_temp_directory_size = '{spill_bytes}B'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """DuckDB itself, for queries of its own."""
        connection: duckdb.DuckDBPyConnection = self._backend.con
        return connection

    def parquet(self, paths: Sequence[str]) -> ibis.Table:
        """See ``Engine``."""
        with _told():
            if any(path.startswith(_REMOTE) for path in paths):
                self._reach_buckets()
            return self._backend.read_parquet(list(paths))

    def memory(self, table: Any, name: str) -> ibis.Table:  # noqa: ANN401 - Arrow has no types
        """See ``Engine``."""
        self.connection.register(name, table)
        return self._table(name)

    def keep(self, expression: ibis.Table, name: str) -> ibis.Table:
        """See ``Engine``."""
        query = self._query(expression)
        with _told():
            self.connection.execute(f'CREATE TEMP TABLE "{name}" AS {query}')
        return self._table(name)

    def read(self, expression: ibis.Table) -> Any:  # noqa: ANN401 - an Arrow table
        """See ``Engine``."""
        query = self._query(expression)
        with _told():
            return self.connection.sql(query).to_arrow_table()

    def drop(self, name: str) -> None:
        """See ``Engine``."""
        self.connection.execute(f'DROP TABLE IF EXISTS "{name}"')

    def close(self) -> None:
        """See ``Engine``."""
        self._backend.disconnect()
        self._folder.cleanup()

    def _table(self, name: str) -> ibis.Table:
        with _quiet():
            return self._backend.table(name)

    def _query(self, expression: ibis.Table) -> str:
        """Return the SQL, with sums of integers as wide as Ibis says: DuckDB's have 128 bits."""
        columns = ", ".join(
            f'CAST("{name}" AS BIGINT) AS "{name}"' if type_.is_int64() else f'"{name}"'
            for name, type_ in expression.schema().items()
        )
        return f"SELECT {columns} FROM ({self._backend.compile(expression)})"  # noqa: S608 - Ibis's

    def _reach_buckets(self) -> None:
        try:
            self.connection.execute("LOAD httpfs")
        except duckdb.Error as error:
            raise SourceBroken(
                "DuckDB needs its extension httpfs to read s3:// addresses: run "
                "`duckdb -c 'INSTALL httpfs'`, or copy the files here with `aws s3 sync`"
            ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Tell what DuckDB raises as the errors of ``Engine``."""
    try:
        with _quiet():
            yield
    except duckdb.Error as error:
        text = str(error).strip()
        if any(sign in text for sign in _NO_ROOM):
            raise OSError(errno.ENOSPC, f"no room for what counting writes out: {text}") from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise OSError(
                errno.ENOMEM, f"counting needs more memory (--memory-mb) than it was given: {text}"
            ) from error
        raise SourceBroken(f"the records cannot be counted: {text}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_IBIS_ASKS, category=DeprecationWarning)
        yield
