"""Spark: in this process (``local[*]``), or a cluster by its master's address.

The session talks on the loopback address only where it is local, shows no web page, and stops with
the engine. ANSI mode is on, as Spark 4 has it: a cast that cannot be made is an error and no silent
null, as in DuckDB, and the results are the same.
"""

import errno
import gc
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import ibis

from fieldmark.cores import cores
from fieldmark.errors import ExtraMissing, SourceBroken

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["LOCAL", "SparkEngine"]

LOCAL: Final = "local[*]"

_NEWER_PANDAS: Final = r"PySpark does not yet fully support pandas >= 3\.0\.0"
"""Nothing here goes through pandas; what is read comes as Arrow."""

_NO_ROOM: Final = ("No space left", "File too large", "Disk quota")
_ALWAYS: Final[Mapping[str, str]] = {
    "spark.app.name": "fieldmark atlas",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}
_LOCALLY: Final[Mapping[str, str]] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


class SparkEngine:
    """Runs expressions on Spark.

    Args:
        master: ``local[N]``, or the address of a cluster.
        folder: where what is kept goes, as Parquet. On a cluster, one that all of it can reach.
        settings: of Spark, beside and over our own.
    """

    def __init__(
        self,
        master: str = LOCAL,
        *,
        folder: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fieldmark-atlas-", dir=folder)
        self._names: list[str] = []
        try:
            self._session = _session(master, Path(self._folder.name), settings or {})
            with _quiet():
                self._backend = ibis.pyspark.connect(self._session)
        except BaseException:
            self._folder.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parquet(self, paths: Sequence[str]) -> ibis.Table:
        """See ``Engine``."""
        with _told():
            frame = self._session.read.parquet(*(path.replace("s3://", "s3a://") for path in paths))
        return self._named(frame, f"parquet_{len(self._names)}")

    def memory(self, table: Any, name: str) -> ibis.Table:  # noqa: ANN401 - Arrow has no types
        """See ``Engine``."""
        with _quiet():
            return self._named(self._session.createDataFrame(table), name)

    def keep(self, expression: ibis.Table, name: str) -> ibis.Table:
        """See ``Engine``."""
        path = str(Path(self._folder.name) / name)
        with _told():
            self._frame(expression).write.mode("overwrite").parquet(path)
            return self._named(self._session.read.parquet(path), name)

    def read(self, expression: ibis.Table) -> Any:  # noqa: ANN401 - an Arrow table
        """See ``Engine``."""
        with _told():
            table = self._frame(expression).toArrow()
            gc.collect()  # PySpark leaves its sockets to it, which would be warned of elsewhere
        return table

    def drop(self, name: str) -> None:
        """See ``Engine``."""
        self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """See ``Engine``."""
        self._session.stop()
        self._folder.cleanup()

    def _frame(self, expression: ibis.Table) -> "DataFrame":
        return self._session.sql(str(self._backend.compile(expression)))

    def _named(self, frame: "DataFrame", name: str) -> ibis.Table:
        frame.createOrReplaceTempView(name)
        self._names.append(name)
        return self._backend.table(name)


def _session(master: str, folder: Path, settings: Mapping[str, str]) -> "SparkSession":
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra of its own
    except ImportError as error:
        raise ExtraMissing("Spark needs PySpark: pip install 'fieldmark[spark]'") from error
    ours = {**_ALWAYS, "spark.sql.warehouse.dir": str(folder / "warehouse")}
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", _LOCALLY["spark.driver.host"])
        ours |= {**_LOCALLY, "spark.local.dir": str(folder)}
        ours["spark.sql.shuffle.partitions"] = str(2 * cores())
    builder = SparkSession.builder.master(master)
    for name, value in (ours | dict(settings)).items():
        builder = builder.config(name, value)
    with _started():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def _started() -> Iterator[None]:
    """Tell a Spark that does not start as what is missing."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra of its own

    try:
        with _quiet():
            yield
    except (PySparkException, OSError) as error:
        raise ExtraMissing(
            f"Spark does not start: {error}; it needs Java 17 or later (JAVA_HOME)"
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Tell what Spark raises as the errors of ``Engine``."""
    from py4j.protocol import (  # type: ignore[import-untyped]  # noqa: PLC0415 - of PySpark
        Py4JJavaError,
    )
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra of its own

    try:
        with _quiet():
            yield
    except (PySparkException, Py4JJavaError) as error:
        text = str(error).strip()
        if any(sign in text for sign in _NO_ROOM):
            raise OSError(errno.ENOSPC, f"no room for what counting writes out: {text}") from error
        raise SourceBroken(f"the records cannot be counted: {text}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_NEWER_PANDAS, category=FutureWarning)
        warnings.filterwarnings("ignore", message="unclosed <socket", category=ResourceWarning)
        yield
