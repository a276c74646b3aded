"""Two ranges have one digest where they are the same, and else two."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.range_digests import RangeDigests, digest_of


def _digest(months_by_cell: dict[int, int]) -> tuple[int, int]:
    cells, months = list(months_by_cell), list(months_by_cell.values())
    return digest_of(np.array(cells, dtype=np.int64), np.array(months, dtype=np.int64))


RANGES = st.dictionaries(st.integers(0, 1 << 60), st.integers(1, 4095), max_size=20)


@given(RANGES, RANGES)
def test_ranges_that_differ_have_digests_that_differ(
    one: dict[int, int], other: dict[int, int]
) -> None:
    assert (_digest(one) == _digest(other)) == (one == other)


@given(st.lists(RANGES, min_size=1, max_size=3))
def test_what_is_gathered_cell_by_cell_is_the_digest_of_the_whole(
    ranges: list[dict[int, int]],
) -> None:
    digests = RangeDigests(np.arange(7, 7 + len(ranges), dtype=np.int32))

    for cell in sorted({cell for one in ranges for cell in one}):
        rows = [row for row, one in enumerate(ranges) if cell in one]
        months = np.array([ranges[row][cell] for row in rows])
        digests.add(cell, np.array(rows), months)

    assert digests.by_taxon() == {7 + row: _digest(one) for row, one in enumerate(ranges)}


def test_months_that_are_swapped_between_cells_are_another_range() -> None:
    assert _digest({5: 1, 6: 2}) != _digest({5: 2, 6: 1})
