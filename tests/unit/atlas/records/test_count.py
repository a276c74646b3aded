"""Counting on DuckDB; tests/integration/test_counting_engines.py holds Spark to the same."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.duckdb import DuckDBEngine
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import MatchedSource, count
from fieldmark.atlas.records.counts import WEIGHT_UNITS, Counts
from fieldmark.atlas.records.licences import Licence
from fieldmark.atlas.records.nearby import Place
from fieldmark.atlas.records.reasons import Reason
from fieldmark.errors import SourceBroken
from records import (
    BIRDS,
    LYNX,
    LYNXES,
    MAMMALS,
    ROBIN,
    SPEC,
    duck,
    names,
    random_records,
    rows_of,
    source,
)

engine = pytest.fixture(duck)


def counted(
    engine: Engine, *rows: dict[str, Any], spec: CleaningSpec = SPEC, **more: Any
) -> Counts:
    return count(engine, [source(engine, rows, **more)], spec, places=[])


def visits(engine: Engine, counts: Counts) -> dict[tuple[int, int], float]:
    """Return visits by taxon and month, over all bins."""
    found: dict[tuple[int, int], float] = defaultdict(float)
    for row in rows_of(engine, counts.found):
        found[row["taxon_id"], row["month"]] += row["weight"] / WEIGHT_UNITS
    return dict(found)


def effort(engine: Engine, counts: Counts) -> dict[int, float]:
    """Return visits by group, over all bins and months."""
    looked: dict[int, float] = defaultdict(float)
    for row in rows_of(engine, counts.effort):
        looked[row["group"]] += row["weight"] / WEIGHT_UNITS
    return dict(looked)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name_key": "oak"}, Reason.NOT_ANIMAL),
        ({"name_key": None}, Reason.NOT_ANIMAL),
        ({"absent": True}, Reason.ABSENT),
        ({"captive": True}, Reason.CAPTIVE),
        ({"basis": "LIVING_SPECIMEN"}, Reason.CAPTIVE),
        ({"basis": "FOSSIL_SPECIMEN"}, Reason.SPECIMEN),
        ({"basis": "PRESERVED_SPECIMEN"}, Reason.SPECIMEN),
        ({"basis": "MATERIAL_CITATION"}, Reason.SPECIMEN),
        ({"licence": "all rights reserved"}, Reason.LICENCE),
        ({"latitude": None}, Reason.NO_COORDINATES),
        ({"longitude": None}, Reason.NO_COORDINATES),
        ({"latitude": float("nan")}, Reason.IMPOSSIBLE_COORDINATES),
        ({"longitude": 200.0}, Reason.IMPOSSIBLE_COORDINATES),
        ({"latitude": 0.0, "longitude": 0.0}, Reason.ZERO_COORDINATES),
        ({"latitude": 9.934, "longitude": -84.085}, Reason.CENTRE),
        ({"latitude": 51.496, "longitude": -0.176}, Reason.INSTITUTION),
        ({"uncertainty_m": 20_001.0}, Reason.UNCERTAIN),
        ({"date": 19691231}, Reason.YEAR),
        ({"date": 20270101}, Reason.YEAR),
        ({"name_key": "bat"}, Reason.UNMATCHED),
        ({"absent": True, "latitude": None, "name_key": "bat"}, Reason.ABSENT),
    ],
)
def test_a_record_is_rejected_for_the_first_reason(
    engine: Engine, wrong: dict[str, Any], reason: Reason
) -> None:
    spec = CleaningSpec(20_000.0, years=(1970, 2026))

    counts = count(engine, [source(engine, [wrong, {}])], spec)

    assert counts.tallies[0].rejected == {reason.words: 1}
    assert counts.tallies[0].used == 1


@pytest.mark.parametrize(
    "right",
    [
        {"date": None},
        {"uncertainty_m": 20_000.0},
        {"uncertainty_m": float("nan")},
        {"uncertainty_m": 28_000.0, "obscured": True},
        {"basis": None},
        {"basis": "MATERIAL_SAMPLE"},
        {"licence": None},
        {"latitude": 0.0},
        {"date": 19700101},
    ],
)
def test_what_is_not_known_to_be_wrong_is_trusted(engine: Engine, right: dict[str, Any]) -> None:
    spec = CleaningSpec(20_000.0, years=(1970, 2026))

    assert counted(engine, right, spec=spec).tallies[0].used == 1


def test_copies_that_differ_in_their_dataset_are_one_record(engine: Engine) -> None:
    counts = counted(engine, {}, {"dataset": "b"}, {"dataset": "c", "latitude": 50.5101})

    assert counts.tallies[0].rejected == {Reason.DUPLICATE.words: 2}
    assert [row["datasets"] for row in rows_of(engine, counts.found)] == [1, 1]


@pytest.mark.parametrize(
    "other", [{"observer": "Ben"}, {"date": 20240504}, {"latitude": 50.6}, {"observer": None}]
)
def test_another_day_observer_or_bin_is_another_visit(
    engine: Engine, other: dict[str, Any]
) -> None:
    assert visits(engine, counted(engine, {}, other))[LYNX, 5] == 2.0


def test_days_observers_and_datasets_are_told_apart(engine: Engine) -> None:
    counts = counted(
        engine,
        {"name_key": "robin"},
        {"name_key": "robin", "observer": "Ben", "dataset": "b"},
        {"name_key": "robin", "observer": "Cat"},
        {"name_key": "robin", "date": 20240504},
        {"name_key": "robin", "date": 20240504, "observer": "Ben"},
    )

    (row,) = rows_of(engine, counts.found)

    assert (row["taxon_id"], row["month"]) == (ROBIN, 5)
    assert (row["records"], row["days"], row["observers"], row["datasets"]) == (5, 2, 3, 2)


def test_a_genus_found_twice_on_one_visit_is_found_once(engine: Engine) -> None:
    counts = counted(engine, {}, {"name_key": "bobcat"})

    assert visits(engine, counts) == {(LYNX, 5): 1.0, (LYNXES, 5): 1.0}
    assert {row["taxon_id"]: row["records"] for row in rows_of(engine, counts.found)} == {
        LYNX: 1,
        LYNXES: 2,
    }


def test_where_each_name_is_of_one_taxon_visits_are_records(engine: Engine) -> None:
    one = names([("robin", ROBIN, BIRDS)])
    rows = [{"name_key": "robin", "observer": name} for name in ("Ann", "Ben", "Cat", "Ann")]

    counts = counted(engine, *rows, names=one, weight=0.5)

    (row,) = rows_of(engine, counts.found)
    assert (row["weight"], row["records"], row["observers"]) == (1500, 3, 3)
    assert [row["weight"] for row in rows_of(engine, counts.visits)] == [1500]


def test_what_has_no_month_counts_for_the_year(engine: Engine) -> None:
    counts = counted(engine, {"date": 20240000}, {"date": None}, {"date": 20240200})

    assert visits(engine, counts)[LYNX, 0] == 2.0
    assert visits(engine, counts)[LYNX, 2] == 1.0


def test_effort_is_of_the_group_and_of_all_animals(engine: Engine) -> None:
    counts = counted(
        engine,
        {},
        {"name_key": "robin"},
        {"name_key": "bat", "observer": "Ben"},
        {"name_key": "slug", "observer": "Cat"},
        {"name_key": "oak", "observer": "Dan"},
    )

    assert effort(engine, counts) == {0: 3.0, MAMMALS: 2.0, BIRDS: 1.0}
    assert counts.group_of == {LYNX: MAMMALS, LYNXES: MAMMALS, ROBIN: BIRDS}


def test_unmatched_names_are_listed_by_their_number_of_rows(engine: Engine) -> None:
    counts = counted(engine, {"name_key": "slug"}, {"name_key": "bat"}, {"name_key": "bat"})

    assert counts.unmatched == [("bat", 2), ("slug", 1)]
    assert counts.tallies[0].rejected == {Reason.UNMATCHED.words: 3}


def test_visits_that_found_nothing_are_effort_of_what_the_source_knows(engine: Engine) -> None:
    looked = {"latitude": 50.51, "longitude": 10.01, "date": 20240503, "observer": "Ann"}
    nowhere = looked | {"latitude": None}

    counts = counted(
        engine,
        {},
        visits=[looked, looked | {"date": 20240504}, nowhere],
        names=names([("lynx", LYNX, MAMMALS)]),
    )

    assert effort(engine, counts) == {0: 2.0, MAMMALS: 2.0}


def test_of_two_sources_the_heavier_keeps_the_record(engine: Engine) -> None:
    light = source(engine, [{}, {"observer": "Ben"}], name="light", weight=0.25, unreadable=3)
    heavy = source(engine, [{"licence": "CC_BY_4_0"}], name="heavy")

    counts = count(engine, [light, heavy], SPEC, places=[])

    assert visits(engine, counts)[LYNX, 5] == 1.25
    assert [(tally.name, tally.rows, tally.used) for tally in counts.tallies] == [
        ("light", 5, 1),
        ("heavy", 1, 1),
    ]
    assert counts.tallies[0].rejected == {"unreadable": 3, Reason.DUPLICATE.words: 1}
    assert counts.licences == {Licence.CC0: 1, Licence.BY: 1}


def test_records_of_one_taxon_are_the_same_by_whatever_key(engine: Engine) -> None:
    one = source(engine, [{}], name="one")
    other = source(
        engine, [{"name_key": "7"}], name="other", names=names([("7", LYNX, 1), ("7", LYNXES, 1)])
    )

    counts = count(engine, [one, other], SPEC, places=[])

    assert [tally.used for tally in counts.tallies] == [1, 0]


def test_a_record_without_licence_has_that_of_its_source(engine: Engine) -> None:
    given = source(engine, [{"licence": None}], licence="CC BY-NC 4.0")

    assert count(engine, [given], SPEC, places=[]).licences == {Licence.BY_NC: 1}


def test_more_groups_than_one_integer_has_bits_are_kept_apart(engine: Engine) -> None:
    many = [(f"n{group}", group, group) for group in range(1, 150)]
    rows = [{"name_key": key, "observer": key} for key, _, _ in many]

    counts = counted(engine, *rows, names=names(many))

    assert effort(engine, counts) == {0: 149.0} | {group: 1.0 for _, _, group in many}


def test_no_record_is_counted_from_nothing(engine: Engine) -> None:
    counts = counted(engine)

    assert counts.tallies[0].rows == 0
    assert rows_of(engine, counts.found) == rows_of(engine, counts.effort) == []


def test_an_atlas_of_no_source_is_refused(engine: Engine) -> None:
    with pytest.raises(SourceBroken, match="one source at least"):
        count(engine, [], SPEC)


@pytest.mark.parametrize("weight", [0.0, -1.0, 1001.0, float("nan")])
def test_a_weight_that_is_none_is_refused(engine: Engine, weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of made up"):
        source(engine, [{}], weight=weight)


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(1, 400))
def test_every_row_is_used_or_rejected_and_counts_are_those_by_hand(seed: int, rows: int) -> None:
    spec = CleaningSpec(20_000.0, years=(1970, 2026))
    table = random_records(rows, seed)
    with DuckDBEngine(threads=2) as engine:
        given_ = MatchedSource("random", engine.memory(table, "random"), names())

        counts = count(engine, [given_], spec, places=[Place(Reason.CENTRE, 9.934, -84.085, 100.0)])

        (tally,) = counts.tallies
        assert tally.rows == rows == tally.used + sum(tally.rejected.values())
        assert sum(counts.licences.values()) == tally.used
        assert visits(engine, counts) == by_hand(table.to_pylist())


def by_hand(records: list[dict[str, Any]]) -> dict[tuple[int, int], float]:
    """Return visits by taxon and month, counted one record at a time."""
    taxa = {"lynx": (LYNX, LYNXES), "bobcat": (LYNXES,), "robin": (ROBIN,)}
    seen: dict[tuple[int, int], set[Any]] = defaultdict(set)
    for record in records:
        if not trusted(record):
            continue
        side = 5 if record["obscured"] else 50
        row = min(int((record["latitude"] + 90) * side), 180 * side - 1)
        column = int((record["longitude"] + 180) * side) % (360 * side)
        date = record["date"] or 0
        for taxon in taxa.get(record["name_key"], ()):
            visit = (side, row, column, date, record["observer"])
            seen[taxon, date // 100 % 100].add(visit)
    return {key: float(len(visits_)) for key, visits_ in seen.items()}


def trusted(record: dict[str, Any]) -> bool:
    wild = not (record["absent"] or record["captive"])
    alive = record["basis"] in {None, "HUMAN_OBSERVATION"}
    lat, lon = record["latitude"], record["longitude"]
    on_earth = lat is not None and -90 <= lat <= 90 and -180 <= lon <= 180
    placed = on_earth and (lat, lon) not in {(0.0, 0.0), (9.934, -84.085)}
    certain = record["obscured"] or record["uncertainty_m"] != 30_000.0
    dated = record["date"] is None or record["date"] > 19700000
    return bool(
        wild and alive and placed and certain and dated and record["licence"] != "mine alone"
    )
