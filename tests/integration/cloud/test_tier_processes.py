"""Several processes at one real cache: of all who miss a cell, one reads it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import h3.api.basic_int as h3
import pytest

from cloud.valkey_server import Valkey, valkey_server
from fieldmark.atlas.publish import publish_file
from releases import CONTENT, KRUGER
from tier_process import Asker, asker, cells_read
from waiting import wait_until

PROCESSES = 6
CELLS = h3.grid_disk(KRUGER, 3)


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey_server(cluster=True) as served:
        yield served


@pytest.fixture
def valkey(server: Valkey) -> Valkey:
    server.flush()
    return server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    publish_file(CONTENT, tmp_path / "atlas.sqlite", check=lambda _: None)
    return tmp_path / "atlas.sqlite"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "reads"


def started(stack: ExitStack, valkey: Valkey, file: Path, log: Path) -> list[Asker]:
    return [stack.enter_context(asker(valkey.node, file, log)) for _ in range(PROCESSES)]


def test_processes_that_miss_the_same_cells_at_once_read_each_once(
    valkey: Valkey, file: Path, log: Path
) -> None:
    with ExitStack() as stack:
        askers = started(stack, valkey, file, log)
        for one in askers:
            one.ask([KRUGER])
        answers = [one.answer() for one in askers]

    assert [answer["cells"] for answer in answers] == [[KRUGER]] * PROCESSES
    assert Counter(str(answer["tier"]) for answer in answers) == {
        "database": 1,
        "valkey": PROCESSES - 1,
    }
    assert cells_read(log) == [KRUGER]


def test_processes_whose_cells_overlap_read_each_once(
    valkey: Valkey, file: Path, log: Path
) -> None:
    with ExitStack() as stack:
        askers = started(stack, valkey, file, log)
        for number, one in enumerate(askers):
            one.ask([*CELLS[4 * number :], *CELLS[: 4 * number]])
        answers = [one.answer() for one in askers]

    assert [answer.get("cells") for answer in answers] == [[KRUGER]] * PROCESSES
    assert sorted(cells_read(log)) == sorted(CELLS)


def test_all_processes_ask_the_store_once_for_the_release(
    valkey: Valkey, file: Path, log: Path
) -> None:
    with ExitStack() as stack:
        started(stack, valkey, file, log)

    assert log.read_text(encoding="ascii").split() == ["release"]


def test_what_a_killed_process_was_reading_another_reads_once_the_lock_has_lapsed(
    valkey: Valkey, file: Path, log: Path
) -> None:
    with asker(valkey.node, file, log, lock_s=1.0) as other:
        with asker(valkey.node, file, log, takes_s=60.0, lock_s=1.0) as killed:
            killed.ask([KRUGER])
            wait_until(lambda: cells_read(log))
        other.ask([KRUGER])

        assert other.answer() == {"tier": "database", "cells": [KRUGER]}
    assert cells_read(log) == [KRUGER, KRUGER]
