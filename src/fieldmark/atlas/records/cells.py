"""Bins to H3 cells: a fine bin goes whole to the cell of its centre, a square in shares.

The square of an obscured record is sampled at 25 points; each cell gets as many twenty-fifths of
its visits as it holds points. The join and the sums run in the engine, in whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import h3.api.basic_int as h3
import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.bins import BIN_DEG, OBSCURED_DEG, corner_of, is_square
from fieldmark.atlas.records.counts import WEIGHT_UNITS, CellCounts, Counts

__all__ = ["cells_of", "count_cells"]

_SIDE: Final = 5
PARTS: Final = _SIDE * _SIDE
_COLUMNS: Final = 13
_ROWS_AT_ONCE: Final = 500_000
_UNITS: Final = {"weight": PARTS * WEIGHT_UNITS, "records": PARTS}


def count_cells(engine: Engine, counts: Counts, resolution: int) -> CellCounts:
    """Return the counts by cell of that resolution.

    Raises:
        OSError: the disk is full.
    """
    bins = engine.read(counts.effort.filter(counts.effort.group == 0).select("bin").distinct())
    cells = engine.memory(cells_of(bins["bin"].to_numpy(), resolution), f"cells_{resolution}")
    looked = _summed(engine, counts.effort, cells, "group", ("weight",))
    found = _summed(engine, counts.visits, cells, "taxon_id", ("weight", "records"))
    return CellCounts(
        resolution=resolution,
        taxon_id=found.key,
        found_cell=found.cell,
        found=found.sums["weight"],
        records=found.sums["records"],
        group=looked.key,
        effort_cell=looked.cell,
        effort=looked.sums["weight"],
        group_of=counts.group_of,
    )


def cells_of(bins: NDArray[np.int32], resolution: int) -> Any:  # noqa: ANN401 - an Arrow table
    """Return ``bin``, ``cell`` and ``parts``, how many twenty-fifths of the bin the cell has."""
    square = is_square(bins)
    fine, squares = bins[~square], bins[square]
    south, west = corner_of(fine)
    cells = _cells(south + BIN_DEG / 2, west + BIN_DEG / 2, resolution)
    bin_of, sampled = _sampled(squares, resolution)
    pairs, parts = np.unique(np.stack([bin_of, sampled]), axis=1, return_counts=True)
    return pa.table(
        {
            "bin": np.concatenate([fine, pairs[0].astype(np.int32)]),
            "cell": np.concatenate([cells, pairs[1]]),
            "parts": np.concatenate([np.full(fine.size, PARTS), parts]).astype(np.int64),
        }
    )


def _sampled(
    squares: NDArray[np.int32], resolution: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    steps = (np.arange(_SIDE) + 0.5) * (OBSCURED_DEG / _SIDE)
    lat, lon = corner_of(squares)
    north, east = np.meshgrid(steps, steps)
    lats = (lat[:, None] + north.ravel()).ravel()
    lons = (lon[:, None] + east.ravel()).ravel()
    return np.repeat(squares, PARTS).astype(np.int64), _cells(lats, lons, resolution)


def _cells(
    lat: NDArray[np.float64], lon: NDArray[np.float64], resolution: int
) -> NDArray[np.int64]:
    cell = h3.latlng_to_cell
    points = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.fromiter((cell(y, x, resolution) for y, x in points), np.int64, lat.size)


@dataclass(frozen=True, slots=True, eq=False)
class _Wide:
    """Rows of a key (a taxon or a group) and a cell, ascending; sums with months side by side."""

    key: NDArray[np.int32]
    cell: NDArray[np.int64]
    sums: Mapping[str, NDArray[np.float32]]


def _summed(
    engine: Engine, counted: ibis.Table, cells: ibis.Table, what: str, columns: Sequence[str]
) -> _Wide:
    """Return the sums by cell; read a part at a time, so that they are not there twice."""
    joined = counted.join(cells, "bin")
    name = f"{what}_by_cell"
    kept = engine.keep(
        joined.group_by(what, "cell", "month").aggregate(
            **{column: (joined[column] * joined.parts).sum() for column in columns}
        ),
        name,
    )
    pairs = kept.select(what, "cell").distinct()
    sizes = engine.read(pairs.group_by(what).aggregate(cells=pairs.count()))
    order = np.argsort(sizes[what].to_numpy())
    keys, ends = sizes[what].to_numpy()[order], np.cumsum(sizes["cells"].to_numpy()[order])
    rows = int(ends[-1]) if ends.size else 0
    wide = _Wide(
        np.empty(rows, np.int32),
        np.empty(rows, np.int64),
        {column: np.zeros((rows, _COLUMNS), np.float32) for column in columns},
    )
    start = 0
    while start < rows:
        last = min(int(np.searchsorted(ends, start + _ROWS_AT_ONCE)), keys.size - 1)
        first = int(np.searchsorted(ends, start, side="right"))
        between = kept[what].between(int(keys[first]), int(keys[last]))
        _fill(wide, slice(start, int(ends[last])), engine.read(kept.filter(between)))
        start = int(ends[last])
    engine.drop(name)
    return wide


def _fill(wide: _Wide, rows: slice, table: Any) -> None:  # noqa: ANN401 - an Arrow table
    """Put the sums of some keys into their rows."""
    what, *_ = table.column_names
    key, cell, month = (table[name].to_numpy() for name in (what, "cell", "month"))
    order = np.lexsort([cell, key])
    key, cell, month = key[order], cell[order], month[order]
    new = np.ones(key.size, dtype=bool)
    new[1:] = (key[1:] != key[:-1]) | (cell[1:] != cell[:-1])
    wide.key[rows], wide.cell[rows] = key[new], cell[new]
    place = (np.cumsum(new) - 1, (month.astype(np.int8) - 1) % _COLUMNS)
    for name, sums in wide.sums.items():
        sums[rows][place] = table[name].to_numpy()[order] / _UNITS[name]
