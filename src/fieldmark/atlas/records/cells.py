"""Bins to H3 cells: a fine bin goes whole to the cell of its centre, a square in shares.

The square of an obscured record is sampled at 25 points; each cell gets as many twenty-fifths of
its visits as it holds points. The join and the sums run in the engine, in whole numbers.
"""

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
_UNITS: Final = {"weight": PARTS * WEIGHT_UNITS, "records": PARTS}


def count_cells(engine: Engine, counts: Counts, resolution: int) -> CellCounts:
    """Return the counts by cell of that resolution.

    Raises:
        OSError: the disk is full.
    """
    bins = engine.read(counts.effort.filter(counts.effort.group == 0).select("bin").distinct())
    cells = engine.memory(cells_of(bins["bin"].to_numpy(), resolution), f"cells_{resolution}")
    taxon_id, found_cell, (weight, records) = _wide(
        _summed(engine, counts.visits, cells, "taxon_id", ("weight", "records"))
    )
    group, effort_cell, (looked,) = _wide(
        _summed(engine, counts.effort, cells, "group", ("weight",))
    )
    return CellCounts(
        resolution=resolution,
        taxon_id=taxon_id,
        found_cell=found_cell,
        found=weight,
        records=records,
        group=group,
        effort_cell=effort_cell,
        effort=looked,
        group_of=counts.group_of,
    )


def cells_of(bins: NDArray[np.int32], resolution: int) -> Any:  # noqa: ANN401 - an Arrow table
    """Return ``bin``, ``cell`` and ``parts``, how many twenty-fifths of the bin the cell has."""
    square = is_square(bins)
    fine, squares = bins[~square], bins[square]
    cells = _cells(*(corner + BIN_DEG / 2 for corner in corner_of(fine)), resolution)
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


def _summed(
    engine: Engine, counted: ibis.Table, cells: ibis.Table, what: str, columns: tuple[str, ...]
) -> Any:  # noqa: ANN401 - an Arrow table
    """Return sums by ``what``, cell and month; kept first, so that they are never there twice."""
    joined = counted.join(cells, "bin")
    sums = joined.group_by(what, "cell", "month").aggregate(
        **{name: (joined[name] * joined.parts).sum() for name in columns}
    )
    name = f"{what}_by_cell"
    table = engine.read(engine.keep(sums, name))
    engine.drop(name)
    return table


def _wide(
    table: Any,  # noqa: ANN401 - an Arrow table
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[NDArray[np.float32]]]:
    """Return the first column, the cells, and of each sum an array with the months side by side."""
    names = table.column_names
    first, cell, month = (table[name].to_numpy() for name in names[:3])
    order = np.lexsort([cell, first])
    first, cell, month = first[order], cell[order], month[order]
    new = np.ones(first.size, dtype=bool)
    new[1:] = (first[1:] != first[:-1]) | (cell[1:] != cell[:-1])
    place = (np.cumsum(new) - 1, (month.astype(np.int8) - 1) % _COLUMNS)
    wide = []
    for name in names[3:]:
        sums = np.zeros((np.count_nonzero(new), _COLUMNS), dtype=np.float32)
        sums[place] = table[name].to_numpy()[order] / _UNITS[name]
        wide.append(sums)
    return first[new].astype(np.int32), cell[new].astype(np.int64), wide
