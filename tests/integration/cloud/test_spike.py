"""The spike of bench/spike.py, small: what is counted, and nothing that a busy machine changes."""

import pytest

from recorded_model import record, small_photos
from spike_atlas import busy_cells
from spike_load import Load
from spike_runs import Ran, Shape, Spike
from spike_world import CONNECTIONS, world

CELLS = 30
SHAPE = Shape(processes=3, threads=4, held=False)
LOAD = Load(per_second=120.0, seconds=5.0, patience_s=60.0)


@pytest.fixture(scope="module")
def ran() -> Ran:
    photos = small_photos()
    with world(busy_cells(CELLS)) as servers:
        spike = Spike(servers, SHAPE, photos, (CELLS, 60))
        return spike.run("unhurried", record(photos), LOAD)


def test_every_request_is_answered_with_its_area(ran: Ran) -> None:
    assert len(ran.answers) > 500
    assert ran.failed == ran.without_area == 0


def test_of_all_processes_one_reads_a_cell(ran: Ran) -> None:
    assert len(ran.cells) >= CELLS
    assert 0.0 < ran.reads_per_cell <= 1.2


def test_the_database_is_read_no_more_often_at_once_than_the_bound(ran: Ran) -> None:
    assert SHAPE.bound <= CONNECTIONS
    assert ran.traffic.database.most_queries <= SHAPE.bound
    assert ran.traffic.database.refused == 0


def test_areas_come_from_memory_and_valkey_once_they_were_read(ran: Ran) -> None:
    tiers = [answer.outcome.tier for answer in ran.answers]

    assert set(tiers) <= {"memory", "valkey", "database"}
    assert tiers.count("database") <= ran.traffic.database.queries
    assert tiers.count("memory") > len(tiers) / 2
