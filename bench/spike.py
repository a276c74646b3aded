"""A spike over cold caches: twenty times the steady load within a second.

PostgreSQL takes 20 connections and 50 ms more for each query, Valkey is a cluster behind TLS, and
requests come at random (Poisson, open loop) for 500 areas of 210 cells, Zipf. (a) The real model in
environments that take one photo at a time and hold no connection, as on Lambda, at 80 % of what
they answer at most. (b) Recorded logits in processes of a few threads, as in the web tier: the
tiers and not the model are loaded.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from machine import describe, verdict
from recorded_model import Recording, example_photos, record, small_photos
from spike_atlas import busy_cells, made_up
from spike_load import Load
from spike_runs import Ran, Shape, Spike, table
from spike_tiers import Tiers
from spike_world import CONNECTIONS, DELAY_S, World, world

CELLS, AREAS = BUSY = 210, 500
SECONDS = 30.0
PER_SECOND = 1_050.0
PHOTOS = 150
PHOTO_SECONDS = 12.0
PAIRS = 5
"""How often (b) runs over cold caches and fully cached, in turn: one run tells little of p99."""
LAMBDA = Shape(processes=8, threads=1, held=False)
WEB = Shape(processes=8, threads=8, held=True)
COLD, CACHED = "cold caches", "fully cached"
RUNS: Mapping[str, tuple[Tiers, bool]] = {
    COLD: ("as they are", False),
    CACHED: ("as they are", True),
    "without single flight": ("no single flight", False),
    "without the cache": ("no cache", False),
}


def main() -> None:
    """Print what it ran on, a table for each load, and one line per figure."""
    print(describe())
    print(f"PostgreSQL: {CONNECTIONS} connections, {1e3 * DELAY_S:.0f} ms added to each query")
    sizes = [len(record) for record in made_up(busy_cells(CELLS)).records]
    print(f"{len(sizes)} records, median {statistics.median(sizes):,.0f} bytes")
    with world(busy_cells(CELLS)) as servers:
        real_model(servers)
        recorded_logits(servers)


def real_model(servers: World) -> None:
    """Run (a)."""
    spike = Spike(servers, LAMBDA, example_photos(), BUSY)
    capacity = spike.capacity(PHOTOS)
    load = Load(0.8 * capacity, PHOTO_SECONDS)
    print(f"\n(a) real model, {load.per_second:.1f}/s of {capacity:.1f}/s, {shown(LAMBDA)}")
    report(dict(run(spike, RUNS, None, load)), LAMBDA)


def run(
    spike: Spike, runs: Mapping[str, tuple[Tiers, bool]], recording: Recording | None, load: Load
) -> Iterator[tuple[str, Ran]]:
    """Run the load over each of the tiers."""
    for name, (tiers, known) in runs.items():
        yield name, spike.run(tiers, recording, load, known=known)


def shown(shape: Shape) -> str:
    """Return the shape in words."""
    return f"{shape.processes} processes of {shape.threads}, {shape.bound} reads at once at most"


def report(runs: Mapping[str, Ran], shape: Shape, more: Sequence[float] = ()) -> None:
    """Print the table and the verdicts on the run over cold caches; ``more`` ratios of p99."""
    print(table(runs))
    cold, cached = runs[COLD], runs[CACHED]
    ratios = [slowed(cold, cached), *more]
    times = statistics.median(ratios)
    at_once = cold.traffic.database.most_queries
    print(verdict("reads of the database at once", at_once, shape.bound, ""))
    print(verdict("reads of the database for each cell", cold.reads_per_cell, 1.2, "x"))
    print(verdict("requests that failed", cold.failed, 0, ""))
    if more:
        print(f"     p99 / p99 fully cached, in turn: {', '.join(f'{r:.2f}' for r in ratios)}")
    print(verdict("p99 / p99 fully cached", times, 2.0, "x"), flush=True)


def slowed(cold: Ran, cached: Ran) -> float:
    """Return how many times as long the slowest hundredth took over cold caches."""
    return cold.took_ms(0.99) / cached.took_ms(0.99)


def recorded_logits(servers: World) -> None:
    """Run (b)."""
    load = Load(PER_SECOND, SECONDS)
    photos = small_photos()
    recording = record(photos)
    spike = Spike(servers, WEB, photos, BUSY)
    print(f"\n(b) recorded logits, {PER_SECOND:,.0f}/s, {shown(WEB)}")
    runs = dict(run(spike, RUNS, recording, load))
    pair = {name: RUNS[name] for name in (COLD, CACHED)}
    again = [dict(run(spike, pair, recording, load)) for _ in range(PAIRS - 1)]
    report(runs, WEB, [slowed(each[COLD], each[CACHED]) for each in again])


if __name__ == "__main__":
    main()
