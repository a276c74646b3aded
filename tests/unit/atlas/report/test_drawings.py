"""Maps of a report: what their legends say, and how fine their shores are drawn."""

import re

import h3.api.basic_int as h3
import numpy as np
import pytest

from fieldmark.atlas.report.drawings import cell_map

CORCOVADO = h3.latlng_to_cell(8.54, -83.57, 4)
AROUND = [cell for cell in h3.grid_disk(CORCOVADO, 1) if cell != CORCOVADO]
WORLD = {cell: 1.0 for res0 in h3.get_res0_cells() for cell in h3.cell_to_children(res0, 1)}


def keys(drawn: str) -> list[str]:
    return re.findall(r'class="key"[^>]*>([^<]*)<', drawn)


def shore_points(drawn: str) -> int:
    found = re.search(r'class="coast" d="([^"]*)"', drawn)
    assert found is not None
    return len(re.findall(r"[ML]", found[1]))


@pytest.mark.parametrize(
    ("values", "legend"),
    [((5.0, 6.0), ["&lt; 6", "≥ 6"]), ((1.0, 3.0), ["&lt; 2", "≥ 2", "≥ 3"])],
)
def test_steps_between_whole_values_are_whole(
    values: tuple[float, float], legend: list[str]
) -> None:
    low, high = values
    drawn = cell_map("Cats", {CORCOVADO: high, **dict.fromkeys(AROUND, low)}, [], "animals")

    assert keys(drawn) == [*legend, "animals"]


def test_the_highest_value_is_darkest_and_the_lowest_lightest() -> None:
    drawn = cell_map("Cats", {CORCOVADO: 6.0, **dict.fromkeys(AROUND, 5.0)}, [], "animals")

    shades = re.findall(r'<path class="shade-(\d)" d="([^"]*)"', drawn)
    assert [(shade, outlines.count("Z")) for shade, outlines in shades] == [("0", 6), ("5", 1)]


def test_a_shore_is_as_fine_as_the_map_shows_it() -> None:
    turns = np.linspace(0.0, 40.0, 2_000)
    bay = np.column_stack([-84.0 + 0.02 * turns, 8.5 + 0.1 * np.sin(turns)])

    near = cell_map("Near", dict.fromkeys([CORCOVADO, *AROUND], 1.0), [bay], "animals")
    far = cell_map("Far", WORLD, [bay], "animals")

    assert shore_points(far) < 10
    assert 30 < shore_points(near) < len(bay)
