"""The packed range of a taxon: its cells, all of one resolution, each with its months.

Cells with the same months form a group, compacted as H3 compacts: seven siblings become their
parent. The body is, for ``G`` groups, months ``[G]`` uint16 as bits 0 to 11 and how many keys
``[G]`` uint32, then the steps from key to key ``[n]`` uint64, transposed to planes of bytes, all
deflated. The key of a cell is its base cell and digits down to the range's resolution: a
compacted one ends in sevens.
"""

import struct
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format.cells import (
    FINEST,
    are_cells,
    children_of,
    compacted,
    counts_within,
    resolutions_of,
)
from fieldmark.atlas_format.envelope import COUNTS_AT, check, deflate, inflate, seal
from fieldmark.domain.area import MONTHS
from fieldmark.errors import AtlasBroken

__all__ = ["MAX_RANGE_CELLS", "pack_cells", "pack_range", "unpack_cells", "unpack_range"]

MAX_RANGE_CELLS: Final = 5_000_000
"""Per range: more than all cells of resolution 5."""

_MAGIC: Final = 0xFB
_COUNTS: Final = struct.Struct("<IIHB")
_GROUP_SIZE: Final = 6
_KEY_SIZE: Final = 8
_MODE: Final = 1 << 59
_RESOLUTION_AT: Final = 52
_KEY_MASK: Final = (1 << _RESOLUTION_AT) - 1
_COMPACTED: Final = 7


def pack_range(months_by_cell: Mapping[int, int]) -> bytes:
    """Return in packed form the cells of a taxon, each with its months as bits 0 to 11.

    Raises:
        ValueError: as ``pack_cells``.
    """
    size = len(months_by_cell)
    return pack_cells(
        np.fromiter(months_by_cell.keys(), np.int64, size),
        np.fromiter(months_by_cell.values(), np.int64, size),
    )


def pack_cells(cells: NDArray[np.int64], months: NDArray[np.int64]) -> bytes:
    """Return the same from arrays; each cell stands once.

    Raises:
        ValueError: cells of different resolutions, months outside 1 to 4095, or too many cells.
    """
    resolutions = np.unique(resolutions_of(cells)).tolist() or [0]
    if len(resolutions) > 1 or cells.size > MAX_RANGE_CELLS:
        raise ValueError(f"{cells.size} cells of resolutions {resolutions}")
    if cells.size and not 0 < months.min() <= months.max() < 1 << MONTHS:
        raise ValueError("the months of a cell are bits 0 to 11, at least one of them set")
    (resolution,) = resolutions
    covering, group = compacted(cells, months, resolution)
    keys = (covering & _KEY_MASK) >> 3 * (FINEST - resolution)
    order = np.lexsort((keys, group))
    bits, sizes = np.unique(group, return_counts=True)
    body = b"".join(
        (bits.astype("<u2").tobytes(), sizes.astype("<u4").tobytes(), _planes(keys[order]))
    )
    counts = _COUNTS.pack(cells.size, keys.size, bits.size, resolution)
    return seal(_MAGIC, 0, counts + deflate(body))


def unpack_range(packed: bytes) -> dict[int, int]:
    """Return the cells of a taxon, ascending, each with its months as bits 0 to 11.

    Raises:
        AtlasBroken: the bytes are no range, of another version, damaged or out of bounds.
    """
    cells, months = unpack_cells(packed)
    return dict(zip(cells.tolist(), months.tolist(), strict=True))


def unpack_cells(packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same as arrays; the cells ascend.

    Raises:
        AtlasBroken: as ``unpack_range``.
    """
    check(packed, _MAGIC, _COUNTS.size)
    cells, total, groups, resolution = _COUNTS.unpack_from(packed, COUNTS_AT)
    if not groups <= total <= cells <= MAX_RANGE_CELLS or resolution > FINEST:
        raise AtlasBroken(f"a packed range states {cells} cells in {groups} groups")
    body = inflate(packed[COUNTS_AT + _COUNTS.size :], _GROUP_SIZE * groups + _KEY_SIZE * total)
    months = np.frombuffer(body, "<u2", groups).astype(np.int64)
    sizes = np.frombuffer(body, "<u4", groups, 2 * groups)
    keys = _from_planes(body[_GROUP_SIZE * groups :])
    if int(sizes.sum(dtype=np.uint64)) != total:
        raise AtlasBroken(f"a packed range of {total} keys has groups that do not add up")
    found, home = _spread(_covering(keys, resolution), resolution, cells)
    found, once = np.unique(found, return_index=True)
    if found.size != cells:
        raise AtlasBroken(f"a packed range states {cells} cells and holds {found.size}")
    return found, np.repeat(months, sizes)[home[once]]


def _covering(keys: NDArray[np.uint64], resolution: int) -> NDArray[np.int64]:
    """Return the cells of keys, compacted as they are."""
    levels = np.full(keys.size, resolution)
    for level in range(resolution, 0, -1):
        digit = keys >> np.uint64(3 * (resolution - level)) & np.uint64(_COMPACTED)
        levels -= (levels == level) & (digit == _COMPACTED)
    shift = 3 * (FINEST - resolution)
    bounded = keys & np.uint64(_KEY_MASK >> shift)
    cells = _MODE | levels << _RESOLUTION_AT | bounded.astype(np.int64) << shift | (1 << shift) - 1
    wrong = (bounded != keys) | ~are_cells(cells)
    if wrong.any():
        raise AtlasBroken(f"a packed range holds {cells[wrong][0]:x}, which is no H3 cell")
    return cells


def _spread(
    covering: NDArray[np.int64], resolution: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the cells of one resolution in those given, so many at most, and in which each is."""
    if counts_within(covering, resolution).clip(max=MAX_RANGE_CELLS + 1).sum() > most:
        raise AtlasBroken("a packed range holds more cells than it states")
    levels = resolutions_of(covering)
    cells, home = covering[:0], np.zeros(0, dtype=np.intp)
    for level in range(resolution + 1):
        children, parent = children_of(cells, level) if level else (cells, home)
        own = np.flatnonzero(levels == level)
        cells, home = np.concatenate([children, covering[own]]), np.concatenate([home[parent], own])
    return cells, home


def _planes(keys: NDArray[np.int64]) -> bytes:
    """Return the steps from key to key: all their first bytes, then all second ones, and so on."""
    steps = np.diff(keys.astype("<u8"), prepend=np.uint64(0))
    return steps.view(np.uint8).reshape(steps.size, _KEY_SIZE).T.tobytes()


def _from_planes(planes: bytes) -> NDArray[np.uint64]:
    table = np.frombuffer(planes, np.uint8).reshape(_KEY_SIZE, -1)
    steps = np.ascontiguousarray(table.T).view("<u8").reshape(-1)
    return np.cumsum(steps, dtype=np.uint64)
