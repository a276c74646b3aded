"""A spike over cold caches: twenty times the steady load from one moment to the next.

PostgreSQL takes 20 connections and 50 ms more for each query, Valkey is a cluster behind TLS, and
requests come at random (Poisson, open loop) for 500 areas of 250 cells, Zipf. Twice: the real model in
environments that take one photo at a time, as on Lambda, and recorded logits in processes of a few
threads, as in the web tier, where the tiers and not the model are what is loaded.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from machine import describe
from recorded_model import Recording, record, small_photos
from slow_queries import Seen
from spike_atlas import Asked, busy_areas, popular
from spike_load import Answered, Load, arrivals, fleet
from spike_service import Plan, Tiers
from spike_world import World, world
from web_load import percentile

__all__ = ["Ran", "Shape", "Spike", "main"]

CELLS = 250
AREAS = 500
STEADY_SHARE = 1 / 20
STEADY_S = 2.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How the service is cut: processes, and how many requests each takes at once."""

    processes: int
    threads: int
    recent_first: bool
    held: bool
    db_reads: int = 2

    @property
    def bound(self) -> int:
        """How many reads of the database there may be at once."""
        return self.processes * min(self.threads, self.db_reads)


LAMBDA = Shape(processes=8, threads=1, recent_first=True, held=False)
WEB = Shape(
    processes=8, threads=int(__import__("os").environ.get("T", "8")), recent_first=True, held=True
)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: the answers since the load rose, and what the database saw."""

    answers: Sequence[Answered]
    seen: Seen
    heard: dict[str, int]

    def took_ms(self, share: float) -> float:
        """Return a percentile of the time to the answer."""
        return 1e3 * percentile([answer.took_s for answer in self.answers], share)

    @property
    def failed(self) -> int:
        """How many got no answer."""
        return self.count("failed", "refused")

    @property
    def reads_per_cell(self) -> float:
        """How often a cell was read from the database that was read at all."""
        return self.seen.reads.total() / max(1, len(self.seen.reads))

    def count(self, *statuses: str) -> int:
        """Return how many answers were of those."""
        return sum(answer.outcome.status in statuses for answer in self.answers)


class Spike:
    """The servers, the areas and the photos, for one run after the other."""

    def __init__(
        self, servers: World, areas: tuple[Sequence[Asked], Sequence[float]], shape: Shape
    ) -> None:
        self._servers = servers
        self._areas = areas
        self._shape = shape
        self._photos = small_photos()

    def record(self) -> Recording:
        """Return what the real model says of the photos."""
        return record(self._photos)

    def capacity(self, requests: int) -> float:
        """Return how many requests a second the real model answers when everything is cached."""
        with self._fleet("as they are", None, warm=True) as running:
            coming = arrivals(self._areas, self._photos, Load(requests, 1.0, 0.0, 0.0))
            rate = running.saturate(coming, self._shape.processes)
            running.close()
        return rate

    def run(
        self,
        tiers: Tiers,
        recording: Recording | None,
        load: tuple[float, float],
        *,
        warm: bool = False,
        steady_s: float = STEADY_S,
    ) -> Ran:
        """Run the load, so many a second for so many seconds, over empty caches or full ones."""
        rate, seconds = load
        if not warm:
            self._servers.forget()
        with self._fleet(tiers, recording, warm=warm) as running:
            self._servers.seen()
            answers = running.run(
                arrivals(self._areas, self._photos, Load(rate, seconds, steady_s))
            )
            heard = running.close()
        spike = [answer for answer in answers if answer.at_s >= steady_s]
        seen, cache = self._servers.seen()
        import time

        print("ended", time.time(), "cache connections, requests", cache)
        for k in range(12):
            b = [x for x in answers if k / 4 <= x.at_s - steady_s < (k + 1) / 4]
            if b:
                t = sorted(x.took_s for x in b)
                print(
                    f"{k / 4:.2f} n={len(b)} p50 {1e3 * t[len(t) // 2]:.0f} p90 {1e3 * t[len(t) * 9 // 10]:.0f} max {1e3 * t[-1]:.0f}",
                    {
                        s: sum(x.outcome.tier == s for x in b)
                        for s in ("memory", "valkey", "database", "none")
                    },
                )
        return Ran(spike, seen, dict(heard))

    def _fleet(self, tiers: Tiers, recording: Recording | None, *, warm: bool):  # noqa: ANN202
        plan = Plan(
            self._servers.database_url,
            self._servers.cache_url,
            tiers,
            recording,
            self._shape.held,
            self._areas[0] if warm else (),
        )
        shape = self._shape
        return fleet(plan, shape.processes, shape.threads, recent_first=shape.recent_first)


def table(runs: dict[str, Ran]) -> str:
    head = (
        f"{'run':<20} {'answers':>7} {'failed':>6} {'no area':>7} {'p50 ms':>7} {'p99 ms':>7} "
        f"{'max ms':>7} {'reads at once':>13} {'conns':>6} {'cells':>6} {'reads/cell':>10} {'queries':>8}"
    )
    lines = [head]
    for name, ran in runs.items():
        seen = ran.seen
        lines.append(
            f"{name:<20} {len(ran.answers):>7} {ran.failed:>6} {ran.count('unavailable'):>7} "
            f"{ran.took_ms(0.5):>7.1f} {ran.took_ms(0.99):>7.1f} {ran.took_ms(1.0):>7.1f} "
            f"{seen.most_queries:>13} {seen.most_connections:>6} {len(seen.reads):>6} "
            f"{ran.reads_per_cell:>10.2f} {seen.queries:>8}"
        )
    return "\n".join(lines)


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--rate", type=float, default=1000)
    p.add_argument("--seconds", type=float, default=30)
    p.add_argument("--steady", type=float, default=2)
    p.add_argument("--only", default="ab")
    p.add_argument("--runs", default="cold,cached,nocache,nosf")
    a = p.parse_args()
    print(describe())
    cells = busy_areas(CELLS)
    areas = popular(cells, AREAS)
    with world(cells) as servers:
        for which in a.only:
            shape = LAMBDA if which == "a" else WEB
            spike = Spike(servers, areas, shape)
            rec = spike.record() if which == "b" else None
            if rec:
                import os
                from dataclasses import replace

                rec = replace(rec, took_s=float(os.environ.get("TOOK", "0")))
            if which == "a":
                cap = spike.capacity(200)
                print("capacity", cap)
                load = (0.8 * cap, a.seconds)
            else:
                load = (a.rate, a.seconds)
            runs = {}
            for r in a.runs.split(","):
                t, w = {
                    "cold": ("as they are", False),
                    "cached": ("as they are", True),
                    "nocache": ("no cache", False),
                    "nosf": ("no single flight", False),
                }[r]
                runs[r] = spike.run(t, rec, load, warm=w, steady_s=a.steady)
                print(table({r: runs[r]}), runs[r].heard, flush=True)


if __name__ == "__main__":
    main()
