"""Rows that come by taxon and are needed by cell, and of which memory holds a part only.

They are written to as many files as the cells fill, each for a span of cells, and each file is
sorted when its turn comes.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldmark.atlas.rows import ReleaseRows
from fieldmark.domain.area import MONTHS

__all__ = ["by_cell"]

_CELLS_PER_FILE: Final = 1024
_MOST_FILES: Final = 256
_HELD_ROWS: Final = 1 << 18
"""Some 45 MB; a file of a release with a thousand taxa in every cell is four times as much."""

_SCHEMA: Final = pa.schema(
    [
        ("cell", pa.int64()),
        ("taxon_id", pa.int32()),
        ("best", pa.int32()),
        ("months", pa.list_(pa.int32(), MONTHS)),
        ("records", pa.list_(pa.int64(), MONTHS)),
    ]
)


def by_cell(
    rows: Iterable[ReleaseRows], cells: NDArray[np.int64], folder: Path
) -> Iterator[ReleaseRows]:
    """Take in all rows, then yield them in batches, ascending by cell and taxon over all of them.

    Args:
        rows: in any order.
        cells: those of most of the rows, ascending: by them the files are cut.
        folder: an empty one for what memory does not hold.

    Raises:
        OSError: the disk is full.
    """
    files = min(_MOST_FILES, cells.size // _CELLS_PER_FILE + 1)
    cuts = cells[np.arange(1, files) * cells.size // files]
    paths = [folder / f"{number}.arrow" for number in range(files)]
    with ExitStack() as held:
        writers = [held.enter_context(_writer(path)) for path in paths]
        for batch in _batches(rows):
            _spread(batch, cuts, writers)
    return map(_sorted, paths)


def _writer(path: Path) -> Any:  # noqa: ANN401 - Arrow has no types
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    return pa.ipc.new_stream(str(path), _SCHEMA, options=options)


def _batches(rows: Iterable[ReleaseRows]) -> Iterator[ReleaseRows]:
    waiting: list[ReleaseRows] = []
    held = 0
    for part in rows:
        waiting.append(part)
        held += part.cell.size
        if held >= _HELD_ROWS:
            yield ReleaseRows.joined(waiting)
            waiting, held = [], 0
    if waiting:
        yield ReleaseRows.joined(waiting)


def _spread(rows: ReleaseRows, cuts: NDArray[np.int64], writers: list[Any]) -> None:
    file = cuts.searchsorted(rows.cell, side="right")
    ordered = rows.part(np.argsort(file, kind="stable"))
    ends = np.bincount(file, minlength=len(writers)).cumsum().tolist()
    for writer, start, end in zip(writers, [0, *ends], ends, strict=False):
        if start < end:
            writer.write_batch(_batch(ordered.part(slice(start, end))))


def _batch(rows: ReleaseRows) -> Any:  # noqa: ANN401
    lists = [
        pa.FixedSizeListArray.from_arrays(pa.array(column.ravel()), MONTHS)
        for column in (rows.months, rows.records)
    ]
    return pa.record_batch([rows.cell, rows.taxon_id, rows.best, *lists], schema=_SCHEMA)


def _sorted(path: Path) -> ReleaseRows:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        table = reader.read_all().combine_chunks()
    path.unlink()
    lists = [
        table[name].combine_chunks().flatten().to_numpy().reshape(-1, MONTHS)
        for name in ("months", "records")
    ]
    rows = ReleaseRows(*(table[name].to_numpy() for name in ("cell", "taxon_id", "best")), *lists)
    return rows.part(np.lexsort((rows.taxon_id, rows.cell)))
