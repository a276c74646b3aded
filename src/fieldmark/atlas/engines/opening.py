"""Which engine runs a build, by its word."""

from pathlib import Path

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.errors import ExtraMissing

__all__ = ["open_engine"]


def open_engine(word: str, memory_bytes: int, folder: Path) -> Engine:
    """Return the engine; what it keeps goes below the folder.

    Args:
        word: ``duckdb``, ``spark``, or ``athena``, whose counts DuckDB reads.
        memory_bytes: what DuckDB may hold in memory.
        folder: where what does not fit is kept.

    Raises:
        ExtraMissing: Spark is asked for and not installed.
    """
    if word in {"duckdb", "athena"}:
        return DuckDBEngine(memory_bytes=memory_bytes, folder=folder)
    try:
        from fieldmark.atlas.engines.spark import SparkEngine  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ExtraMissing("counting on Spark needs: pip install 'fieldmark[spark]'") from error
    return SparkEngine(folder=folder)
