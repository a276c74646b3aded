"""From occurrence per taxon and cell to the content of a release: packed, each record once."""

from collections.abc import Iterator
from typing import Any, Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.aggregate import MONTH_COLUMNS
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA, pack_range, pack_record
from fieldmark.domain.area import MONTHS, CellRecord, Release

__all__ = ["OccurrenceRows", "pack"]

_MONTH_BITS: Final = 1 << np.arange(MONTHS, dtype=np.int16)


class OccurrenceRows:
    """The columns of ``aggregate.occurrence``: ``n`` rows, ascending by cell and taxon.

    ``cell``, ``taxon_id``, ``best`` ``[n]``; ``months`` ``[n, 12]``; the last two in quanta.
    """

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - an Arrow table, which has no types
        self.cell: NDArray[np.int64] = table["cell"].to_numpy()
        self.taxon_id: NDArray[np.int32] = table["taxon_id"].to_numpy()
        self.best: NDArray[np.int32] = table["best"].to_numpy()
        self.months = np.stack([table[column].to_numpy() for column in MONTH_COLUMNS], axis=1)


def pack(rows: OccurrenceRows, release: Release, taxa: Taxa) -> ReleaseContent:
    """Return the content of the release; its taxa are those that occur somewhere.

    Records are numbered in the order in which their cells ascend.
    """
    numbers: dict[bytes, int] = {}
    records: list[bytes] = []
    cells = {}
    for cell, part in _by_cell(rows):
        content = b"".join(a[part].tobytes() for a in (rows.taxon_id, rows.best, rows.months))
        if content not in numbers:
            numbers[content] = len(records)
            records.append(pack_record(_record(rows, part)))
        cells[cell] = numbers[content]
    return ReleaseContent(
        release=release,
        taxa=[taxa.by_id[id_] for id_ in release.known.tolist()],
        records=records,
        cells=cells,
        ranges=dict(_ranges(rows, release)),
    )


def _by_cell(rows: OccurrenceRows) -> Iterator[tuple[int, slice]]:
    cells, starts = np.unique(rows.cell, return_index=True)
    ends = [*starts[1:].tolist(), rows.cell.size]
    for cell, start, end in zip(cells.tolist(), starts.tolist(), ends, strict=True):
        yield cell, slice(start, end)


def _record(rows: OccurrenceRows, part: slice) -> CellRecord:
    return CellRecord(
        rows.taxon_id[part],
        (rows.months[part] / QUANTA).astype(np.float32),
        (rows.best[part] / QUANTA).astype(np.float32),
    )


def _ranges(rows: OccurrenceRows, release: Release) -> Iterator[tuple[int, bytes]]:
    bits = (rows.months > 0) @ _MONTH_BITS
    base = np.array([h3.get_resolution(cell) for cell in np.unique(rows.cell).tolist()])
    at_base = (base == release.resolution)[np.searchsorted(np.unique(rows.cell), rows.cell)]
    for taxon_id in release.known.tolist():
        here = at_base & (rows.taxon_id == taxon_id)
        yield (
            taxon_id,
            pack_range(dict(zip(rows.cell[here].tolist(), bits[here].tolist(), strict=True))),
        )
