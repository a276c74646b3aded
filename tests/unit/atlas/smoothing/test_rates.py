"""Rates, level by level: who is spoken of, and whose season a cell has."""

import h3.api.basic_int as h3
import numpy as np

from fieldmark.atlas.smoothing import SmoothingSpec
from fieldmark.atlas.smoothing.effort import GroupEffort
from fieldmark.atlas.smoothing.pyramid import Pyramid
from fieldmark.atlas.smoothing.rates import Rates, rates_by_level

BASE = 3
SPEC = SmoothingSpec()
WIDE = h3.latlng_to_cell(9.0, -84.0, BASE - 2)
CELLS = np.array(sorted(h3.cell_to_children(WIDE, BASE)), dtype=np.int64)
HOME = h3.latlng_to_cell(*h3.cell_to_latlng(WIDE), BASE)
SUMMER = np.array([[0.0] * 4 + [20.0] * 4 + [0.0] * 5])
NONE = np.zeros(0, dtype=np.intp)


def rates(finds: float, visits: float = 100.0, *wanted: int) -> tuple[Pyramid, list[Rates]]:
    """Return the rates of a taxon that was found in the middle of cells that all were visited."""
    pyramid = Pyramid.over(CELLS, BASE, np.zeros(0, dtype=np.int64))
    every_month = np.full((CELLS.size, 13), visits)
    effort = GroupEffort.of(pyramid, CELLS, every_month, SPEC)
    home = pyramid.base.cells.searchsorted([HOME])
    asked = np.sort(pyramid.base.cells.searchsorted(np.array(wanted, dtype=np.int64)))
    return pyramid, rates_by_level(pyramid, effort, (home, finds * SUMMER), SPEC, asked)


def test_a_cell_that_no_find_touches_has_the_season_of_the_wider_cell() -> None:
    pyramid, (*_, wide, base) = rates(4.0)
    near = pyramid.base.cells.searchsorted(h3.grid_disk(HOME, 1))
    far = np.flatnonzero(~np.isin(base.rows, near))
    above = wide.rows.searchsorted(pyramid.base.parent[base.rows[far]])

    assert far.size
    np.testing.assert_array_equal(base.season[far], wide.season[above])
    np.testing.assert_array_equal(base.peak, base.season.max(axis=1))


def test_cells_of_no_promise_are_left_out_but_for_those_that_are_wanted() -> None:
    edge = next(cell for cell in CELLS.tolist() if cell not in h3.grid_disk(HOME, 2))
    pyramid, (*_, base) = rates(0.01)
    _, (*_, asked) = rates(0.01, 100.0, edge)
    at = pyramid.base.cells.searchsorted(edge)

    assert set(pyramid.base.cells.searchsorted(h3.grid_disk(HOME, 1))) == set(base.rows)
    assert set(asked.rows) == {*base.rows, at}
    assert not asked.promising(SPEC)[asked.rows == at].any()
