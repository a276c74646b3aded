"""Publishing: whole or not at all, one run at a time, and never a mixed answer."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import h3.api.basic_int as h3
import pytest

from animals import JAGUAR, LION, cell_record
from cloud.fault_proxy import fault_proxy
from cloud.postgres_server import HANG_S, PostgresServer
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.database.publication import Published, publish, roll_back
from fieldmark.atlas_format import family_of, pack_record
from fieldmark.atlas_format.database import PREFIX, schema_of
from fieldmark.domain.area import Release
from fieldmark.errors import AtlasBroken, CheckFailed, ReleaseGone, Unavailable
from fieldmark.ports import AreaStore
from published import database, file_of, postgres_areas, published
from releases import ATLANTIC, CONTENT, KRUGER, PACIFIC, RANGES, RELEASE, TAXA

PARENT = family_of(KRUGER)[0]
OLD, NEW, NEXT = "old-2026.10", "new-2026.11", "next-2026.12"


def content(name: str) -> ReleaseContent:
    """Return a release whose every record is another one than that of any other name."""
    share = sum(name.encode()) % 1000 / 1000
    records = [
        pack_record(cell_record({LION: share, JAGUAR: 0.25})),
        pack_record(cell_record({LION: share / 2})),
    ]
    return replace(CONTENT, release=replace(RELEASE, name=name), records=records)


def records_of(name: str) -> Mapping[int, bytes]:
    release = content(name)
    return {cell: release.records[number] for cell, number in release.cells.items()}


def schemas(postgres: PostgresServer, url: str) -> set[str]:
    with postgres.connect(url.rpartition("/")[2]) as connection:
        rows = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (PREFIX,)
        ).fetchall()
    return {name for (name,) in rows}


def published_at_last(file: Path, url: str) -> Published:
    """Publish; the connection of a run that was killed may live on for a moment."""
    until_s = time.monotonic() + HANG_S
    while True:
        try:
            return publish(file, database(url))
        except Unavailable:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.05)


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> str:
    """Return the address of a database with the old release in use."""
    published(content(OLD), tmp_path, database_url)
    return database_url


def test_a_release_that_was_published_is_in_use_and_announced(url: str, tmp_path: Path) -> None:
    announced: list[str] = []

    done = publish(file_of(content(NEW), tmp_path), database(url, announced.append))

    store = postgres_areas(url)
    assert (done.name, done.was, done.swept, done.dropped) == (NEW, OLD, 0, [])
    assert done.loaded is not None
    assert done.loaded.families == 2
    assert announced == [NEW]
    assert store.release().name == NEW
    assert store.areas([KRUGER, ATLANTIC, PACIFIC]).records == records_of(NEW)
    assert store.taxa(TAXA) == TAXA
    assert {id_: store.range_of(id_) for id_ in RANGES} == RANGES


def test_the_release_before_is_still_read_by_name(url: str, tmp_path: Path) -> None:
    published(content(NEW), tmp_path, url)

    assert postgres_areas(url).areas([KRUGER, ATLANTIC], OLD).records == records_of(OLD)


def test_publishing_what_is_in_use_changes_nothing_and_announces_again(
    url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    announced: list[str] = []
    before = schemas(postgres, url)

    done = publish(file_of(content(OLD), tmp_path), database(url, announced.append))

    assert (done.name, done.was, done.loaded) == (OLD, OLD, None)
    assert announced == [OLD]
    assert schemas(postgres, url) == before


@pytest.mark.parametrize(
    "change",
    [
        {"records": content(NEW).records},
        {"release": replace(RELEASE, name=OLD, licence="CC-BY-4.0")},
        {"ranges": {}},
        {"taxa": [replace(TAXA[LION.id], common_name="big cat"), TAXA[JAGUAR.id]]},
    ],
    ids=["records", "what it says", "ranges", "taxa"],
)
def test_a_name_that_was_published_is_never_given_to_something_else(
    url: str, tmp_path: Path, change: dict[str, object]
) -> None:
    other = replace(content(OLD), **change)  # type: ignore[arg-type]

    with pytest.raises(CheckFailed, match="releases never change"):
        publish(file_of(other, tmp_path), database(url))

    assert postgres_areas(url).areas([KRUGER, ATLANTIC]).records == records_of(OLD)


def test_an_announcement_that_fails_is_an_error_and_the_release_is_in_use(
    url: str, tmp_path: Path
) -> None:
    def unheard(name: str) -> None:
        raise Unavailable(f"nobody heard of {name}")

    with pytest.raises(Unavailable, match="in use, but could not be announced") as caught:
        publish(file_of(content(NEW), tmp_path), database(url, unheard))

    assert "nobody heard" in str(caught.value)
    assert postgres_areas(url).release().name == NEW


def test_rolling_back_puts_the_release_before_to_use_and_again_returns(
    url: str, tmp_path: Path
) -> None:
    announced: list[str] = []
    published(content(NEW), tmp_path, url)
    store, there = postgres_areas(url), database(url, announced.append)

    assert roll_back(there).current == OLD
    assert store.areas([KRUGER, ATLANTIC]).records == records_of(OLD)
    assert roll_back(there).current == NEW
    assert store.areas([KRUGER, ATLANTIC]).records == records_of(NEW)
    assert announced == [OLD, NEW]


def test_without_a_release_before_there_is_nothing_to_go_back_to(url: str) -> None:
    with pytest.raises(CheckFailed, match="nothing to go back to"):
        roll_back(database(url))

    assert postgres_areas(url).release().name == OLD


def test_what_was_taken_back_is_put_to_use_again_without_loading(url: str, tmp_path: Path) -> None:
    published(content(NEW), tmp_path, url)
    roll_back(database(url))

    done = publish(file_of(content(NEW), tmp_path), database(url))

    assert (done.was, done.loaded) == (OLD, None)
    assert postgres_areas(url).release().name == NEW


def test_older_releases_are_dropped_after_a_grace_and_the_one_before_never(
    url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    published(content(NEW), tmp_path, url)
    file = file_of(content(NEXT), tmp_path)

    assert publish(file, database(url)).dropped == []
    assert postgres_areas(url).areas([KRUGER], OLD).records
    assert publish(file, database(url), grace_s=0.0).dropped == [OLD]

    assert schemas(postgres, url) == {schema_of(NEW), schema_of(NEXT)}
    with pytest.raises(ReleaseGone, match=OLD):
        postgres_areas(url).areas([KRUGER], OLD)


def test_a_release_that_was_dropped_is_loaded_again_and_only_as_it_was(
    url: str, tmp_path: Path
) -> None:
    published(content(NEW), tmp_path, url)
    publish(file_of(content(NEXT), tmp_path), database(url), grace_s=0.0)
    other = replace(content(OLD), records=content(NEW).records)

    with pytest.raises(CheckFailed, match="releases never change"):
        publish(file_of(other, tmp_path), database(url))
    done = publish(file_of(content(OLD), tmp_path), database(url))

    assert done.loaded is not None
    assert postgres_areas(url).areas([KRUGER, ATLANTIC]).records == records_of(OLD)


def test_a_second_run_says_so_and_ends(url: str, tmp_path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def waiting(_: int, __: int) -> None:
        started.set()
        go_on.wait(HANG_S)

    new, other = file_of(content(NEW), tmp_path), file_of(content(NEXT), tmp_path)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(publish, new, database(url), None, waiting)
        assert started.wait(HANG_S)
        with pytest.raises(Unavailable, match="another run is publishing"):
            publish(other, database(url))
        assert postgres_areas(url).release().name == OLD
        go_on.set()

        assert first.result(HANG_S).name == NEW
    assert postgres_areas(url).release().name == NEW


def test_rolling_back_waits_for_no_run(url: str, tmp_path: Path) -> None:
    published(content(NEW), tmp_path, url)
    started, go_on = threading.Event(), threading.Event()

    def waiting(_: int, __: int) -> None:
        started.set()
        go_on.wait(HANG_S)

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(publish, file_of(content(NEXT), tmp_path), database(url), None, waiting)
        assert started.wait(HANG_S)

        assert roll_back(database(url)).current == OLD

        go_on.set()
        assert run.result(HANG_S).was == NEW


KILLED = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from published import database
from fieldmark.atlas.database.publication import publish

def killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

module, name = sys.argv[1].split(":")
owner = import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
setattr(owner, last, killed)
publish(Path(sys.argv[2]), database(sys.argv[3]))
"""
_DATABASE = "fieldmark.atlas.database"
MOMENTS = {
    "before it begins": (f"{_DATABASE}.pointer:sweep", OLD, 0),
    "while rows are sent": ("psycopg:Copy.write", OLD, 0),
    "when rows were sent": (f"{_DATABASE}.loading:_index", OLD, 0),
    "before what arrived is kept": (f"{_DATABASE}.loading:_require_same", OLD, 0),
    "when all is loaded": (f"{_DATABASE}.publication:_read_back", OLD, 1),
    "in the middle of the flip": (f"{_DATABASE}.pointer:_point_at", OLD, 1),
    "after the flip": (f"{_DATABASE}.pointer:drop_left", NEW, 0),
    "before it is announced": (f"{_DATABASE}.publication:_announce", NEW, 0),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_leaves_one_whole_release_and_the_next_cleans_up(
    url: str, postgres: PostgresServer, tmp_path: Path, moment: str
) -> None:
    where, serves, leaves = MOMENTS[moment]
    file = file_of(content(NEW), tmp_path)

    run = subprocess.run(
        [sys.executable, "-c", KILLED, where, file, url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=4 * HANG_S,
        check=False,
    )

    assert run.returncode == -signal.SIGKILL
    store = postgres_areas(url)
    assert store.release().name == serves
    assert store.areas([KRUGER, ATLANTIC], serves).records == records_of(serves)
    done = published_at_last(file, url)
    assert (done.name, done.swept) == (NEW, leaves)
    assert store.areas([KRUGER, ATLANTIC]).records == records_of(NEW)
    assert schemas(postgres, url) == {schema_of(OLD), schema_of(NEW)}


def test_flips_and_returns_under_load_give_no_failed_and_no_mixed_answer(
    url: str, tmp_path: Path
) -> None:
    stop = threading.Event()
    read: list[str] = []

    def reader(*, held: bool) -> None:
        store: AreaStore = postgres_areas(url, held=held)
        while not stop.is_set():
            release: Release = store.release()
            found = store.areas([KRUGER, ATLANTIC], release.name).records
            assert found == records_of(release.name)
            read.append(release.name)
        store.close()

    names = [f"flip-{number}" for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(reader, held=bool(number % 2)) for number in range(4)]
        for name in names:
            published(content(name), tmp_path, url)
            roll_back(database(url))
            roll_back(database(url))
        stop.set()
        for done in readers:
            done.result(HANG_S)

    assert len(read) > len(names)
    assert len(set(read)) > 1
    assert postgres_areas(url).release().name == names[-1]


def test_what_is_altered_on_its_way_is_noticed_and_not_kept(
    url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    file = file_of(content(NEW), tmp_path)
    with fault_proxy(postgres.port) as proxy:
        proxy.swap = (PARENT.to_bytes(8, "big"), family_of(PACIFIC)[0].to_bytes(8, "big"))
        with pytest.raises(CheckFailed, match="other entries than were sent"):
            publish(file, database(url.replace(str(postgres.port), str(proxy.port))))
        proxy.swap = (b"Panthera leo", b"Panthera oel")
        with pytest.raises(CheckFailed, match="other rows than were sent"):
            publish(file, database(url.replace(str(postgres.port), str(proxy.port))))

    assert postgres_areas(url).release().name == OLD
    assert schemas(postgres, url) == {schema_of(OLD)}


def test_a_database_that_goes_away_while_rows_are_sent_serves_the_old_release_after(
    url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    with fault_proxy(postgres.port) as proxy:
        proxy.cut_on = PARENT.to_bytes(8, "big")
        with pytest.raises(Unavailable, match="went away"):
            publish(
                file_of(content(NEW), tmp_path),
                database(url.replace(str(postgres.port), str(proxy.port))),
            )

    assert postgres_areas(url).release().name == OLD
    assert published_at_last(file_of(content(NEW), tmp_path), url).name == NEW


def test_a_damaged_file_is_refused_and_nothing_is_kept(
    url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    file = file_of(content(NEW), tmp_path)
    damaged = bytearray(file.read_bytes())
    family = damaged.index(b"\xfc\x01\x00\x00")
    damaged[family + 20] ^= 0xFF
    file.write_bytes(damaged)

    with pytest.raises(AtlasBroken):
        publish(file, database(url))

    assert postgres_areas(url).release().name == OLD
    assert schemas(postgres, url) == {schema_of(OLD)}


@pytest.mark.parametrize("name", ["", "x" * 500, "Küste/2026 '\"; DROP SCHEMA fieldmark;--", "%s"])
def test_a_release_may_have_any_name(url: str, tmp_path: Path, name: str) -> None:
    file = tmp_path / "named.sqlite"
    file_of(content(OLD), tmp_path).rename(file)
    _rename(file, name)

    publish(file, database(url))

    assert postgres_areas(url).release().name == name
    assert postgres_areas(url).areas([KRUGER], name).records


def _rename(file: Path, name: str) -> None:
    import sqlite3

    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE release SET value = ? WHERE key = 'name'", (name,))
    connection.close()


def test_a_large_release_arrives_whole(database_url: str, tmp_path: Path) -> None:
    cells = sorted(h3.cell_to_children(h3.latlng_to_cell(0.0, 30.0, 0), 4))
    records = [pack_record(cell_record({LION: number / 3000})) for number in range(2401)]
    large = replace(
        content("large-2026.11"),
        records=records,
        cells={cell: number for number, cell in enumerate(cells[:2401])},
    )
    steps: list[tuple[int, int]] = []

    done = publish(
        file_of(large, tmp_path),
        database(database_url),
        progress=lambda *done: steps.append(done),
    )

    assert done.loaded is not None
    assert done.loaded.families == 343
    assert steps == sorted(steps)
    assert steps[-1] == (343, 343)
    found = postgres_areas(database_url).areas(cells).records
    assert found == {cell: records[number] for number, cell in enumerate(cells[:2401])}
