import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.cells import PARTS, cells_of, count_cells
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.counts import CellCounts
from records import LYNX, LYNXES, MAMMALS, SPEC, duck, names, random_records, source

engine = pytest.fixture(duck)


def in_cells(engine: DuckDBEngine, *rows: dict[str, object], resolution: int = 4) -> CellCounts:
    return count_cells(engine, count(engine, [source(engine, rows)], SPEC, places=[]), resolution)


def test_a_bin_goes_whole_to_the_cell_of_its_centre(engine: DuckDBEngine) -> None:
    counts = in_cells(engine, {}, {"date": 20240612}, {"date": None})

    cell = h3.latlng_to_cell(50.51, 10.01, 4)
    assert counts.taxon_id.tolist() == [LYNXES, LYNX]
    assert counts.found_cell.tolist() == [cell, cell]
    assert counts.found[1].tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert counts.records.tolist() == counts.found.tolist()
    assert counts.group.tolist() == [0, MAMMALS]
    assert counts.effort.sum(axis=1).tolist() == [3.0, 3.0]


def test_an_obscured_record_spreads_over_the_cells_of_its_square(engine: DuckDBEngine) -> None:
    counts = in_cells(engine, {"obscured": True, "uncertainty_m": 28_000.0}, resolution=5)

    own = counts.found[counts.taxon_id == LYNX]
    assert own.shape[0] > 1
    assert own.sum() == pytest.approx(1.0, abs=1e-6)
    inside = {
        h3.latlng_to_cell(50.4 + 0.2 * y, 10.0 + 0.2 * x, 5)
        for x in np.linspace(0.0, 1.0, 41)
        for y in np.linspace(0.0, 1.0, 41)
    }
    assert set(counts.found_cell.tolist()) <= inside


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.integers(0, 4))
def test_no_visit_is_lost_between_bins_and_cells(seed: int, resolution: int) -> None:
    with DuckDBEngine(threads=1) as engine:
        table = engine.memory(random_records(300, seed), "random")
        bins = count(engine, [MatchedSource("random", table, names())], SPEC)

        cells = count_cells(engine, bins, resolution)

        weight = sum(engine.read(bins.visits)["weight"].to_pylist()) / 1000
        looked = sum(engine.read(bins.effort)["weight"].to_pylist()) / 1000
        assert cells.found.sum() == pytest.approx(weight, rel=1e-5)
        assert cells.effort.sum() == pytest.approx(looked, rel=1e-5)
        pairs = list(zip(cells.taxon_id.tolist(), cells.found_cell.tolist(), strict=True))
        assert pairs == sorted(set(pairs))


@given(st.lists(st.integers(0, 162_000_000 + 1_619_999), min_size=1, max_size=20, unique=True))
def test_the_parts_of_a_bin_make_one(numbers: list[int]) -> None:
    table = cells_of(np.array(sorted(numbers), dtype=np.int32), 3)

    parts = table.group_by("bin").aggregate([("parts", "sum")])

    assert sorted(parts["bin"].to_pylist()) == sorted(numbers)
    assert set(parts["parts_sum"].to_pylist()) == {PARTS}


def test_nothing_makes_no_cells(engine: DuckDBEngine) -> None:
    counts = in_cells(engine)

    assert counts.found.shape == counts.effort.shape == (0, 13)
