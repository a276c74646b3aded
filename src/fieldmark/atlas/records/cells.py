"""Bins to H3 cells: a fine bin goes whole to the cell of its centre, a square in shares.

The square of an obscured record is sampled at 25 points; each cell gets as many twenty-fifths of
its visits as it holds points. The join and the sums run in the engine, in whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

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
_ROWS_AT_ONCE: Final = 1_000_000
_PLACE_BITS: Final = 32
_UNITS: Final = {"weight": PARTS * WEIGHT_UNITS, "records": PARTS}


def count_cells(engine: Engine, counts: Counts, resolution: int) -> CellCounts:
    """Return the counts by cell of that resolution.

    Raises:
        OSError: the disk is full.
    """
    bins = engine.read(counts.effort.filter(counts.effort.group == 0).select("bin").distinct())
    placed = _Placed.of(cells_of(bins["bin"].to_numpy(), resolution), engine, resolution)
    looked = _summed(engine, counts.effort, placed, "group", ("weight",))
    found = _summed(engine, counts.visits, placed, "taxon_id", ("weight", "records"))
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
class _Placed:
    """Cells by their places: engines group by 32 bits faster than by 64.

    ``cells`` ascend; ``bins`` has ``bin``, ``place``, ``parts``.
    """

    cells: NDArray[np.int64]
    bins: ibis.Table

    @classmethod
    def of(cls, cells: Any, engine: Engine, resolution: int) -> Self:  # noqa: ANN401 - Arrow
        """Return what ``cells_of`` gave with places."""
        distinct, place = np.unique(cells["cell"].to_numpy(), return_inverse=True)
        table = cells.drop_columns(["cell"]).append_column("place", [place.astype(np.int32)])
        return cls(distinct, engine.memory(table, f"cells_{resolution}"))


@dataclass(frozen=True, slots=True, eq=False)
class _Wide:
    """Rows of a key (a taxon or a group) and a cell, ascending; sums with months side by side."""

    key: NDArray[np.int32]
    cell: NDArray[np.int64]
    sums: Mapping[str, NDArray[np.float32]]

    @classmethod
    def for_months(cls, rows: int, columns: Sequence[str]) -> Self:
        """Return room for so many months; what stays empty of it takes no memory."""
        return cls(
            np.zeros(rows, np.int32),
            np.zeros(rows, np.int64),
            {column: np.zeros((rows, _COLUMNS), np.float32) for column in columns},
        )

    def first(self, rows: int) -> Self:
        """Return the first rows only."""
        sums = {name: column[:rows] for name, column in self.sums.items()}
        return type(self)(self.key[:rows], self.cell[:rows], sums)

    def fill(self, start: int, table: Any, cells: NDArray[np.int64]) -> int:  # noqa: ANN401 - Arrow
        """Put the sums of some keys into the rows from there on; return how many rows they take."""
        what, *_ = table.column_names
        both = table[what].to_numpy().astype(np.int64) << _PLACE_BITS | table["place"].to_numpy()
        order = np.argsort(both)
        both = both[order]
        new = np.diff(both, prepend=-1) != 0
        row = start - 1 + np.cumsum(new)
        first = both[new]
        taken = int(first.size)
        self.key[start : start + taken] = first >> _PLACE_BITS
        self.cell[start : start + taken] = cells[first & (1 << _PLACE_BITS) - 1]
        month = (table["month"].to_numpy()[order] - 1) % _COLUMNS
        at = row * _COLUMNS + month
        for name, sums in self.sums.items():
            sums.ravel()[at] = table[name].to_numpy()[order] / _UNITS[name]
        return taken


def _summed(
    engine: Engine, counted: ibis.Table, placed: _Placed, what: str, columns: Sequence[str]
) -> _Wide:
    """Return the sums by cell; read a part at a time, so that they are not there twice."""
    joined = counted.join(placed.bins, "bin")
    name = f"{what}_by_cell"
    kept = engine.keep(
        joined.group_by(what, "place", "month").aggregate(
            **{column: (joined[column] * joined.parts).sum() for column in columns}
        ),
        name,
    )
    sizes = engine.read(kept.group_by(what).aggregate(rows=kept.count()))
    order = np.argsort(sizes[what].to_numpy())
    keys, ends = sizes[what].to_numpy()[order], np.cumsum(sizes["rows"].to_numpy()[order])
    wide = _Wide.for_months(int(ends[-1]) if ends.size else 0, columns)
    filled, first = 0, 0
    while first < keys.size:
        begin = ends[first - 1] if first else 0
        last = max(first, int(np.searchsorted(ends, begin + _ROWS_AT_ONCE, side="right")) - 1)
        between = kept[what].between(int(keys[first]), int(keys[last]))
        filled += wide.fill(filled, engine.read(kept.filter(between)), placed.cells)
        first = last + 1
    engine.drop(name)
    return wide.first(filled)
