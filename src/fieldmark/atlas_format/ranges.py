"""The packed range of a taxon: its cells, all of one resolution, each with its months.

The body is, deflated, the steps from cell to cell ``[n]`` uint64, without the bits that say nothing
at that resolution, then the months ``[n]`` uint16 as bits 0 to 11. Neighbouring cells differ by 1
more often than not, which deflates to almost nothing.
"""

import struct
from collections.abc import Mapping
from typing import Final

import numpy as np

from fieldmark.atlas_format.envelope import COUNTS_AT, check, deflate, inflate, seal
from fieldmark.domain.area import MONTHS
from fieldmark.errors import AtlasBroken

__all__ = ["MAX_RANGE_CELLS", "pack_range", "unpack_range"]

MAX_RANGE_CELLS: Final = 5_000_000
"""Per range: more than all cells of resolution 5."""

_MAGIC: Final = 0xFB
_COUNTS: Final = struct.Struct("<IB")
_RESOLUTION_AT: Final = 52
_FINEST: Final = 15


def pack_range(months_by_cell: Mapping[int, int]) -> bytes:
    """Return in packed form the cells of a taxon, each with its months as bits 0 to 11.

    Raises:
        ValueError: cells of different resolutions, months outside 1 to 4095, or too many cells.
    """
    ordered = sorted(months_by_cell)
    resolutions = {cell >> _RESOLUTION_AT & _FINEST for cell in ordered} or {0}
    if len(resolutions) > 1 or len(ordered) > MAX_RANGE_CELLS:
        raise ValueError(f"{len(ordered)} cells of resolutions {sorted(resolutions)} in one range")
    if not all(0 < months < 1 << MONTHS for months in months_by_cell.values()):
        raise ValueError("the months of a cell are bits 0 to 11, at least one of them set")
    (resolution,) = resolutions
    cells = np.array(ordered, dtype=np.uint64) >> _tail_bits(resolution)
    months = np.array([months_by_cell[cell] for cell in ordered], dtype="<u2")
    body = np.diff(cells, prepend=np.uint64(0)).astype("<u8").tobytes() + months.tobytes()
    return seal(_MAGIC, 0, _COUNTS.pack(len(ordered), resolution) + deflate(body))


def unpack_range(packed: bytes) -> dict[int, int]:
    """Return the cells of a taxon, ascending, each with its months as bits 0 to 11.

    Raises:
        AtlasBroken: the bytes are no range, of another version, damaged or out of bounds.
    """
    check(packed, _MAGIC, _COUNTS.size)
    count, resolution = _COUNTS.unpack_from(packed, COUNTS_AT)
    if count > MAX_RANGE_CELLS or resolution > _FINEST:
        raise AtlasBroken(f"a packed range states {count} cells of resolution {resolution}")
    body = inflate(packed[COUNTS_AT + _COUNTS.size :], 10 * count)
    shift = _tail_bits(resolution)
    tail = (np.uint64(1) << shift) - np.uint64(1)
    cells = np.cumsum(np.frombuffer(body, "<u8", count), dtype=np.uint64) << shift | tail
    months = np.frombuffer(body, "<u2", count, 8 * count)
    return dict(zip(cells.tolist(), months.tolist(), strict=True))


def _tail_bits(resolution: int) -> np.uint64:
    """Return how many low bits of a cell's index say nothing at that resolution: all are ones."""
    return np.uint64(3 * (_FINEST - resolution))
