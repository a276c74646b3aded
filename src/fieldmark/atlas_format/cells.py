"""Many H3 cells at once, told from their bits.

A cell has, from the highest bit down: 0, its mode (1) in 4 bits, 3 bits of 0, its resolution in 4,
its base cell in 7, then fifteen digits of 3 bits, those beyond its resolution 7. The digit 0 is the
child in the middle; a pentagon has no child 1.

Source: the H3 documentation, "H3 index", and h3/src/h3lib/lib/h3Index.c for pentagons.
"""

from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FINEST",
    "are_cells",
    "children_of",
    "compacted",
    "counts_within",
    "parents_of",
    "resolutions_of",
]

Cells = NDArray[np.int64]

FINEST: Final = 15

_CHILDREN: Final = 7
_MISSING: Final = 1
"""The digit that no child of a pentagon has."""

_RESOLUTION_AT: Final = 52
_BASE_AT: Final = 45
_BASES: Final = 122
_HEAD_AT: Final = _RESOLUTION_AT + 4
_HEAD: Final = 8
"""Mode 1 and three bits of 0."""

_IS_PENTAGON: Final = np.zeros(1 << 7, dtype=bool)
_IS_PENTAGON[[cell >> _BASE_AT & 127 for cell in h3.get_pentagons(0)]] = True


def parents_of(cells: Cells, resolution: int) -> Cells:
    """Return the parent of each cell, all of one resolution; of resolution 0 the cells themselves.

    It ascends where the cells do.
    """
    if resolution == 0:
        return cells
    return (cells | np.int64(7 << _digit_at(resolution))) - np.int64(1 << _RESOLUTION_AT)


def resolutions_of(cells: Cells) -> Cells:
    """Return the H3 resolution of each cell."""
    return cells >> _RESOLUTION_AT & FINEST


def children_of(cells: Cells, resolution: int) -> tuple[Cells, NDArray[np.intp]]:
    """Return the children, of the resolution given, of cells one above; and whose each one is.

    They ascend where the cells do.
    """
    at = _digit_at(resolution)
    first = (cells & ~np.int64(7 << at)) + np.int64(1 << _RESOLUTION_AT)
    digits = np.arange(_CHILDREN, dtype=np.int64)
    there = ~(_pentagons(cells, resolution - 1)[:, None] & (digits == _MISSING))
    home, _ = np.nonzero(there)
    return (first[:, None] | digits << at)[there], home


def counts_within(cells: Cells, resolution: int) -> Cells:
    """Return how many cells of the resolution given lie in each, of any resolution up to it.

    ``n`` levels below a hexagon there are 7^n, below a pentagon 1 + 5 (7^n - 1) / 6: one pentagon
    and five hexagons at each. Source: H3's documentation, "cellToChildrenSize".
    """
    levels = resolutions_of(cells)
    within = _CHILDREN ** (resolution - levels)
    for level in np.unique(levels).tolist():
        here = np.flatnonzero(levels == level)
        here = here[_pentagons(cells[here], level)]
        within[here] = 1 + 5 * (_CHILDREN ** (resolution - level) - 1) // 6
    return within


def are_cells(cells: Cells) -> NDArray[np.bool_]:
    """Tell which are cells, of any resolution."""
    levels, base = resolutions_of(cells), cells >> _BASE_AT & 127
    sound: NDArray[np.bool_] = (cells >> _HEAD_AT == _HEAD) & (base < _BASES)
    middle = _IS_PENTAGON[base]
    for level in range(1, FINEST + 1):
        digit = cells >> _digit_at(level) & 7
        beyond = level > levels
        sound &= (digit == _CHILDREN) == beyond
        sound &= ~(middle & ~beyond & (digit == _MISSING))
        middle = middle & (digit == 0)
    return sound


def compacted(cells: Cells, group: NDArray[np.int64], resolution: int) -> tuple[Cells, Cells]:
    """Return the fewest cells that cover the same, group by group, and the group of each.

    Args:
        cells: of the resolution given, each once in its group.
        group: of each cell.
        resolution: that of all cells.
    """
    order = np.lexsort((cells, group))
    cells, group = cells[order], group[order]
    kept = []
    for level in range(resolution, 0, -1):
        parents = parents_of(cells, level)
        new = (parents[1:] != parents[:-1]) | (group[1:] != group[:-1])
        starts = np.flatnonzero(np.concatenate([[cells.size > 0], new]))
        sizes = np.diff(starts, append=cells.size)
        above = parents[starts]
        whole = sizes == np.where(_pentagons(above, level - 1), _CHILDREN - 1, _CHILDREN)
        left = ~np.repeat(whole, sizes)
        kept.append((cells[left], group[left]))
        cells, group = above[whole], group[starts][whole]
    kept.append((cells, group))
    return np.concatenate([c for c, _ in kept]), np.concatenate([g for _, g in kept])


def _pentagons(cells: Cells, resolution: int) -> NDArray[np.bool_]:
    """Tell which are pentagons, of cells of one resolution."""
    digits = np.int64((1 << _BASE_AT) - (1 << 3 * (FINEST - resolution)))
    pentagons: NDArray[np.bool_] = _IS_PENTAGON[cells >> _BASE_AT & 127] & (cells & digits == 0)
    return pentagons


def _digit_at(level: int) -> int:
    """Return where the digit of that resolution stands."""
    return 3 * (FINEST - level)
