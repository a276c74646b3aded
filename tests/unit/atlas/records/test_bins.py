import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.records.bins import (
    BIN_DEG,
    BIN_LIMIT,
    OBSCURED_DEG,
    bin_of,
    corner_of,
    is_square,
)


def binned(
    latitude: list[float | None], longitude: list[float], *, obscured: bool
) -> list[int | None]:
    table = ibis.memtable(
        pa.table(
            {
                "latitude": pa.array(latitude, pa.float64()),
                "longitude": pa.array(longitude, pa.float64()),
                "obscured": [obscured] * len(longitude),
            }
        )
    )
    bins = table.select(bin=bin_of(table.latitude, table.longitude, table.obscured))
    result: list[int | None] = ibis.duckdb.connect().to_pyarrow(bins)["bin"].to_pylist()
    return result


@given(
    st.lists(st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)), min_size=1, max_size=20),
    st.booleans(),
)
def test_a_point_lies_in_its_bin(
    points: list[tuple[float, float]],
    obscured: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    side = OBSCURED_DEG if obscured else BIN_DEG
    latitude, longitude = (list(values) for values in zip(*points, strict=True))

    bins = np.array(binned(latitude, longitude, obscured=obscured), dtype=np.int32)
    south, west = corner_of(bins)

    assert (bins >= 0).all()
    assert (bins < BIN_LIMIT).all()
    assert (is_square(bins) == obscured).all()
    assert (np.array(latitude) >= south - 1e-9).all()
    assert (np.array(latitude) <= south + side + 1e-9).all()
    east = (np.array(longitude) - west) % 360.0
    assert ((east <= side + 1e-9) | (east >= 360.0 - 1e-9)).all()


def test_the_two_ends_of_the_earth_meet() -> None:
    assert len(set(binned([10.0, 10.0], [180.0, -180.0], obscured=False))) == 1


@pytest.mark.parametrize("latitude", [None, float("nan"), 90.5, -91.0, float("inf")])
def test_what_is_nowhere_on_earth_has_no_bin(latitude: float | None) -> None:
    assert binned([latitude], [10.0], obscured=False) == [None]
