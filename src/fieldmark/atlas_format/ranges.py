"""The packed range of a taxon: its cells, all of one resolution, each with its months.

Cells with the same months form a group, compacted as H3 compacts: seven siblings become their
parent. The body is, for ``G`` groups, months ``[G]`` uint16 as bits 0 to 11 and how many keys
``[G]`` uint32, then the steps from key to key ``[n]`` uint64, transposed to planes of bytes, all
deflated. The key of a cell is its base cell and digits down to the range's resolution: a
compacted one ends in sevens.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format.envelope import COUNTS_AT, check, deflate, inflate, seal
from fieldmark.domain.area import MONTHS
from fieldmark.errors import AtlasBroken

__all__ = ["MAX_RANGE_CELLS", "pack_range", "unpack_range"]

MAX_RANGE_CELLS: Final = 5_000_000
"""Per range: more than all cells of resolution 5."""

_MAGIC: Final = 0xFB
_COUNTS: Final = struct.Struct("<IIHB")
_GROUP_SIZE: Final = 6
_KEY_SIZE: Final = 8
_MODE: Final = 1 << 59
_RESOLUTION_AT: Final = 52
_FINEST: Final = 15
_KEY_MASK: Final = (1 << _RESOLUTION_AT) - 1
_COMPACTED: Final = 7


def pack_range(months_by_cell: Mapping[int, int]) -> bytes:
    """Return in packed form the cells of a taxon, each with its months as bits 0 to 11.

    Raises:
        ValueError: cells of different resolutions, months outside 1 to 4095, or too many cells.
    """
    resolutions = {h3.get_resolution(cell) for cell in months_by_cell} or {0}
    if len(resolutions) > 1 or len(months_by_cell) > MAX_RANGE_CELLS:
        raise ValueError(f"{len(months_by_cell)} cells of resolutions {sorted(resolutions)}")
    if not all(0 < months < 1 << MONTHS for months in months_by_cell.values()):
        raise ValueError("the months of a cell are bits 0 to 11, at least one of them set")
    (resolution,) = resolutions
    groups: dict[int, list[int]] = defaultdict(list)
    for cell, months in months_by_cell.items():
        groups[months].append(cell)
    keys = {months: _keys(groups[months], resolution) for months in sorted(groups)}
    body = b"".join(
        (
            np.array(list(keys), dtype="<u2").tobytes(),
            np.array([len(part) for part in keys.values()], dtype="<u4").tobytes(),
            _planes([key for part in keys.values() for key in part]),
        )
    )
    total = sum(map(len, keys.values()))
    counts = _COUNTS.pack(len(months_by_cell), total, len(keys), resolution)
    return seal(_MAGIC, 0, counts + deflate(body))


def unpack_range(packed: bytes) -> dict[int, int]:
    """Return the cells of a taxon, each with its months as bits 0 to 11.

    Raises:
        AtlasBroken: the bytes are no range, of another version, damaged or out of bounds.
    """
    check(packed, _MAGIC, _COUNTS.size)
    cells, total, groups, resolution = _COUNTS.unpack_from(packed, COUNTS_AT)
    if not groups <= total <= cells <= MAX_RANGE_CELLS or resolution > _FINEST:
        raise AtlasBroken(f"a packed range states {cells} cells in {groups} groups")
    body = inflate(packed[COUNTS_AT + _COUNTS.size :], _GROUP_SIZE * groups + _KEY_SIZE * total)
    months = np.frombuffer(body, "<u2", groups)
    sizes = np.frombuffer(body, "<u4", groups, 2 * groups)
    keys = iter(_from_planes(body[_GROUP_SIZE * groups :]).tolist())
    if int(sizes.sum(dtype=np.uint64)) != total:
        raise AtlasBroken(f"a packed range of {total} keys has groups that do not add up")
    found: dict[int, int] = {}
    for bits, size in zip(months.tolist(), sizes.tolist(), strict=True):
        group = _cells(islice(keys, size), resolution, cells - len(found))
        found |= dict.fromkeys(group, bits)
    if len(found) != cells:
        raise AtlasBroken(f"a packed range states {cells} cells and holds {len(found)}")
    return found


def _keys(cells: Sequence[int], resolution: int) -> list[int]:
    shift = 3 * (_FINEST - resolution)
    return sorted((cell & _KEY_MASK) >> shift for cell in h3.compact_cells(cells))


def _cells(keys: Iterable[int], resolution: int, most: int) -> list[int]:
    """Return the cells of a group, refusing keys that are none and more cells than are left."""
    shift = 3 * (_FINEST - resolution)
    cells: list[int] = []
    for key in keys:
        level = resolution
        while level and key >> 3 * (resolution - level) & _COMPACTED == _COMPACTED:
            level -= 1
        cell = _MODE | level << _RESOLUTION_AT | key << shift | (1 << shift) - 1
        if not h3.is_valid_cell(cell):
            raise AtlasBroken(f"a packed range holds {cell:x}, which is no H3 cell")
        if len(cells) + h3.cell_to_children_size(cell, resolution) > most:
            raise AtlasBroken("a packed range holds more cells than it states")
        cells += h3.cell_to_children(cell, resolution)
    return cells


def _planes(keys: list[int]) -> bytes:
    """Return the steps from key to key: all their first bytes, then all second ones, and so on."""
    steps = np.diff(np.array(keys, dtype="<u8"), prepend=np.uint64(0))
    return steps.view(np.uint8).reshape(steps.size, _KEY_SIZE).T.tobytes()


def _from_planes(planes: bytes) -> NDArray[np.uint64]:
    table = np.frombuffer(planes, np.uint8).reshape(_KEY_SIZE, -1)
    steps = np.ascontiguousarray(table.T).view("<u8").reshape(-1)
    return np.cumsum(steps, dtype=np.uint64)
