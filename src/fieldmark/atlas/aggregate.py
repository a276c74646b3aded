"""From base rows to the rows of a release: coarser cells are made of the base cells in them.

A coarser cell holds the mean over its base cells, those without the taxon included: what someone
finds who is somewhere in it; and the sum of their records. Numbers are whole quanta until the last
division, so no sum depends on its order. It all happens on disk, in DuckDB: rows come by taxon and
are needed by cell, and there may be more of them than memory holds.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import h3.api.basic_int as h3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fieldmark.atlas.rows import (
    MONTH_COLUMNS,
    RECORD_COLUMNS,
    SCHEMA,
    BaseRows,
    ReleaseRows,
    batches,
)
from fieldmark.atlas_format import parents_of

__all__ = ["holders_table", "release_rows", "spill"]

_BATCH: Final = 1 << 17
_MEMORY: Final = "512MB"

_MONTHS: Final = ", ".join(MONTH_COLUMNS)
_RECORDS: Final = ", ".join(RECORD_COLUMNS)
_MEANS: Final = ", ".join(
    f"CAST(round(sum({column}) / max(base_cells)) AS INTEGER) AS {column}"
    for column in MONTH_COLUMNS
)
_SUMS: Final = ", ".join(f"CAST(sum({column}) AS BIGINT) AS {column}" for column in RECORD_COLUMNS)

_QUERY: Final = f"""
WITH held AS (SELECT * FROM base_rows JOIN holders USING (cell)),
means AS (
    SELECT taxon_id, holder AS cell, {_MEANS}, {_SUMS} FROM held GROUP BY taxon_id, holder
),
best AS (
    SELECT taxon_id, max(greatest({_MONTHS})) AS best
    FROM held WHERE cell = holder GROUP BY taxon_id
),
beside AS (
    SELECT taxon_id, cell, {_MONTHS}, {_RECORDS}
    FROM base_rows ANTI JOIN holders USING (cell)
)
SELECT taxon_id, cell, best, {_MONTHS}, {_RECORDS}
FROM (SELECT * FROM means UNION ALL SELECT * FROM beside) JOIN best USING (taxon_id)
WHERE greatest({_MONTHS}) > 0
ORDER BY cell, taxon_id
"""  # noqa: S608 - made of the names of columns


def holders_table(cells: NDArray[np.int64], resolution: int, *, all_count: bool) -> Any:  # noqa: ANN401 - Arrow
    """Return for each base cell the cells that hold it, itself first, up to resolution 0.

    Columns ``cell``, ``holder`` and ``base_cells``, over how many base cells the holder has its
    mean.

    Args:
        cells: the base cells, each once.
        resolution: theirs.
        all_count: a holder counts every base cell in it, as where sources of ranges speak of all
            the earth; else those that were given.
    """
    holders, sizes, level = [], [], cells
    for number in range(resolution, -1, -1):
        distinct, home, given = np.unique(level, return_inverse=True, return_counts=True)
        if all_count:
            whole = [h3.cell_to_children_size(cell, resolution) for cell in distinct.tolist()]
            given = np.array(whole, dtype=np.int64)
        holders.append(level)
        sizes.append(given[home])
        level = parents_of(level, number)
    return pa.table(
        {
            "cell": np.tile(cells, resolution + 1),
            "holder": np.concatenate(holders),
            "base_cells": np.concatenate(sizes),
        }
    )


def spill(rows: Iterable[BaseRows], path: Path) -> NDArray[np.int32]:
    """Write base rows to a Parquet file and return the ids of their taxa, ascending.

    Raises:
        OSError: the disk is full.
    """
    taxa: set[int] = set()
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for batch in batches(rows, _BATCH):
            writer.write_table(batch.table())
            taxa.update(np.unique(batch.taxon_id).tolist())
    return np.array(sorted(taxa), dtype=np.int32)


def release_rows(base: Path, holders: Any, temporary: Path) -> Iterator[ReleaseRows]:  # noqa: ANN401 - Arrow
    """Yield the rows of a release in batches, ascending by cell and taxon over all of them.

    ``best`` is the highest of the taxon in any base cell and month. Rows of cells that hold no base
    cell are taken as they are.

    Args:
        base: what ``spill`` wrote.
        holders: as ``holders_table`` makes it.
        temporary: a folder for what memory does not hold.

    Raises:
        OSError: the disk is full.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(temporary),
    }
    try:
        with duckdb.connect(config=settings) as connection:
            connection.register("holders", holders)
            connection.read_parquet(str(base)).create_view("base_rows")
            for batch in connection.sql(_QUERY).to_arrow_reader(_BATCH):
                yield ReleaseRows.of(batch)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OSError(f"{temporary}: the rows cannot be sorted: {error}") from error
