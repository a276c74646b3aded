from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from fieldmark.atlas.records.nearby import (
    Place,
    bundled_places,
    near_key,
    near_table,
    read_institutions,
)
from fieldmark.atlas.records.reasons import Reason
from fieldmark.errors import SourceBroken


def reasons(places: list[Place], points: list[tuple[float, float]]) -> list[int | None]:
    table = ibis.memtable(
        pa.table(
            {"at": range(len(points)), "lat": [p[0] for p in points], "lon": [p[1] for p in points]}
        )
    )
    table = table.mutate(near_key=near_key(table.lat, table.lon))
    joined = table.left_join(ibis.memtable(near_table(places)), "near_key").order_by("at")
    result: list[int | None] = ibis.duckdb.connect().to_pyarrow(joined)["near"].to_pylist()
    return result


MUSEUM = Place(Reason.INSTITUTION, 50.0, 10.0, 250.0)
CAPITAL = Place(Reason.CENTRE, 52.524, 13.411, 100.0, rounded=True)


def test_a_disc_reaches_as_far_as_it_says() -> None:
    inside, outside = (50.0 + 0.0021, 10.0), (50.0 + 0.0040, 10.0)

    assert reasons([MUSEUM], [inside, outside]) == [Reason.INSTITUTION, None]


def test_a_disc_is_as_wide_as_it_is_high_in_metres() -> None:
    far_north = Place(Reason.INSTITUTION, 70.0, 20.0, 250.0)

    east = [(70.0, 20.0 + degrees) for degrees in (0.006, 0.009)]

    assert reasons([far_north], east) == [Reason.INSTITUTION, None]


def test_a_disc_goes_on_behind_the_antimeridian() -> None:
    fiji = Place(Reason.CENTRE, -17.0, 179.999, 1000.0)

    assert reasons([fiji], [(-17.0, -179.996)]) == [Reason.CENTRE]


def test_a_capital_is_met_where_it_is_published_and_where_it_is_rounded() -> None:
    published, rounded, beside = (52.524, 13.411), (52.5, 13.4), (52.510, 13.400)

    assert reasons([CAPITAL], [published, rounded, beside]) == [Reason.CENTRE, Reason.CENTRE, None]


def test_where_two_places_meet_the_first_reason_is_given() -> None:
    capital = Place(Reason.CENTRE, 50.0, 10.0, 100.0)

    assert reasons([MUSEUM, capital], [(50.0, 10.0)]) == [Reason.CENTRE]
    assert reasons([capital, MUSEUM], [(50.0, 10.0)]) == [Reason.CENTRE]


def test_a_point_that_is_nowhere_is_near_nothing() -> None:
    assert reasons([MUSEUM], [(float("nan"), 10.0), (95.0, 10.0)]) == [None, None]


def test_the_bundled_places_are_on_earth_and_many() -> None:
    places = bundled_places()

    assert sum(place.reason is Reason.INSTITUTION for place in places) >= 150
    assert sum(place.reason is Reason.CENTRE for place in places) >= 400
    assert near_table(places).num_rows < 200_000


def test_own_institutions_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("name,latitude,longitude,radius_m\nAviary,50.0,10.0,\nPark,51,11,800\n")

    places = read_institutions(file)

    assert [place.radius_m for place in places] == [250.0, 800.0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("lat,lon\n1,2\n", "line 1 must name the columns latitude and longitude"),
        ("latitude,longitude\n91,2\n", r"own.csv:2: latitude '91' is no number from -90 to 90"),
        ("latitude,longitude\n1,2\n1,west\n", r"own.csv:3: longitude 'west'"),
        ("latitude,longitude,radius_m\n1,2,1e9\n", r"own.csv:2: radius '1e9'"),
        ("latitude,longitude\n1\n", r"own.csv:2: longitude None"),
    ],
)
def test_a_broken_list_says_where(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text)

    with pytest.raises(SourceBroken, match=fault):
        read_institutions(file)
