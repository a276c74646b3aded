"""Rows that come by taxon and are needed by cell, and of which memory holds a part only.

They are laid aside in pieces, each for a span of cells, and a span is sorted when its turn comes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldmark.atlas.rows import ReleaseRows
from fieldmark.atlas.stored_bytes import StoredBytes
from fieldmark.domain.area import MONTHS
from fieldmark.threads import in_order

__all__ = ["by_cell"]

_SPAN_CELLS: Final = 256
"""With a thousand taxa in every cell 22 MB of rows."""

_HELD_ROWS: Final = 1 << 18
"""As many as 22 MB hold."""

_THREADS: Final = 2
"""So many keep up with what makes the rows; more would hold more spans in memory."""

_CODEC: Final = "zstd"
_COLUMNS: Final = (
    ("cell", np.dtype(np.int64), 1),
    ("taxon_id", np.dtype(np.int32), 1),
    ("best", np.dtype(np.uint16), 1),
    ("months", np.dtype(np.uint16), MONTHS),
    ("records", np.dtype(np.uint32), MONTHS),
)
"""The columns of a piece one after the other: name, type, values in a row."""

_ROW_BYTES: Final = sum(type_.itemsize * width for _, type_, width in _COLUMNS)


def by_cell(
    rows: Iterable[ReleaseRows], cells: NDArray[np.int64], folder: Path
) -> Iterator[ReleaseRows]:
    """Take in all rows, then yield them in batches, ascending by cell and taxon over all of them.

    Args:
        rows: in any order.
        cells: those of most of the rows, ascending: by them the spans are cut.
        folder: on whose disk the rows lie that memory does not hold.

    Raises:
        OSError: the disk is full.
    """
    cuts = cells[_SPAN_CELLS::_SPAN_CELLS]
    pieces = StoredBytes(folder=folder)
    spans: list[list[tuple[int, int]]] = [[] for _ in range(cuts.size + 1)]
    for batch in in_order(lambda batch: _by_span(batch, cuts), _batches(rows), _THREADS):
        for span, size, piece in batch:
            spans[span].append((len(pieces), size))
            pieces.append(piece)
    return in_order(lambda span: _sorted(pieces, span), filter(None, spans), _THREADS)


def _batches(rows: Iterable[ReleaseRows]) -> Iterator[list[ReleaseRows]]:
    waiting: list[ReleaseRows] = []
    held = 0
    for part in rows:
        waiting.append(part)
        held += part.cell.size
        if held >= _HELD_ROWS:
            yield waiting
            waiting, held = [], 0
    if waiting:
        yield waiting


def _by_span(batch: list[ReleaseRows], cuts: NDArray[np.int64]) -> list[tuple[int, int, bytes]]:
    """Return the number of each span that has rows, how many, and these rows in packed form."""
    rows = ReleaseRows.joined(batch)
    span = cuts.searchsorted(rows.cell, side="right")
    ordered = rows.part(np.argsort(span, kind="stable"))
    ends = np.bincount(span, minlength=cuts.size + 1).cumsum().tolist()
    return [
        (number, end - start, _packed(ordered.part(slice(start, end))))
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
        if start < end
    ]


def _packed(rows: ReleaseRows) -> bytes:
    columns = (getattr(rows, name).tobytes() for name, _, _ in _COLUMNS)
    packed: bytes = pa.compress(b"".join(columns), codec=_CODEC, asbytes=True)
    return packed


def _unpacked(packed: bytes, rows: int) -> ReleaseRows:
    body = pa.decompress(packed, decompressed_size=rows * _ROW_BYTES, codec=_CODEC)
    columns: dict[str, NDArray[Any]] = {}
    at = 0
    for name, type_, width in _COLUMNS:
        column = np.frombuffer(body, type_, rows * width, at)
        columns[name] = column if width == 1 else column.reshape(rows, width)
        at += column.nbytes
    return ReleaseRows(**columns)


def _sorted(pieces: StoredBytes, span: list[tuple[int, int]]) -> ReleaseRows:
    return ReleaseRows.joined([_unpacked(pieces[number], size) for number, size in span]).ordered()
