"""Text tables → Parquet: read once, from the first byte to the last, in bounded memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.sources.occurrences import Staged
from fieldmark.atlas.sources.text_table import TextShape, TextTable

__all__ = ["OpenStream", "TextShape", "column_names", "stage_text"]

OpenStream = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens a file at its first byte, unpacked, until the block ends."""

_GROUP_ROWS: Final = 122_880
"""Rows of a row group: DuckDB's own, so that one thread reads one group."""

_GROUP_BYTES: Final = 64 * 1024 * 1024


def column_names(open_stream: OpenStream, where: str, shape: TextShape) -> list[str]:
    """Return the names of the columns, each once whatever its case; ``column_7`` where blank.

    Raises:
        SourceBroken: the file cannot be read, or is empty.
    """
    with open_stream() as raw:
        return TextTable(raw, where, shape).names


def stage_text(
    open_stream: OpenStream,
    where: str,
    shape: TextShape,
    out: Path,
    keep: Mapping[str, str] | None = None,
) -> Staged:
    """Read a text table whole and leave it at ``out`` as Parquet.

    Args:
        open_stream: opens the file.
        where: what messages call the file.
        shape: how the table is written.
        out: the file to write; its folder exists.
        keep: name in the file, in any case, → name in the Parquet file; other columns are not
            read, and those that the file lacks are null throughout. All columns where None.
    Raises:
        SourceBroken: the file is empty, cut short, no text, or more of its rows are unreadable
            than an honest file has; the text names file, line and fault. Nothing is left behind.
        OSError: the disk is full; nothing is left behind.
    """
    with open_stream() as raw, _whole_or_nothing(out) as part:
        table = TextTable(raw, where, shape)
        names = _kept(table.names, keep)
        rows = _write(table, names, part)
        table.require_shape(rows)
    return Staged(out, list(names.values()), rows, table.unreadable, table.examples)


def _kept(names: Sequence[str], keep: Mapping[str, str] | None) -> dict[str, str]:
    """Return the columns to read, by their name in the file, and what they are called then."""
    if keep is None:
        return {name: name for name in names}
    own = {name.casefold(): name for name in names}
    return {own.get(name.casefold(), name): called for name, called in keep.items()}


def _write(table: TextTable, names: Mapping[str, str], part: Path) -> int:
    """Write the readable rows and return how many there are."""
    schema = pa.schema([(name, pa.string()) for name in names.values()])
    rows = 0
    with part.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        for group in _groups(table.batches(list(names))):
            writer.write_table(group.rename_columns(list(names.values())))
            rows += group.num_rows
    return rows


def _groups(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield tables of about a row group each."""
    waiting: list[Any] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(waiting)


@contextmanager
def _whole_or_nothing(out: Path) -> Iterator[Path]:
    """Give a path beside ``out`` that takes its place when all went well."""
    part = out.with_name(f"{out.name}.part")
    try:
        yield part
        part.replace(out)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
