"""One run of the spike after the other, and what came of each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass

from recorded_model import Recording
from spike_atlas import busy_cells, kin_of, popular, quiet
from spike_load import REFUSED, Answered, Fleet, Load, fleet, requests
from spike_service import CELLS_READ, CPU_MS, FAILED, Plan
from spike_tiers import Place, Tiers
from spike_world import Traffic, World
from web_load import percentile

__all__ = ["Ran", "Shape", "Spike", "table"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the service is cut: processes, requests that each takes at once, reads of the database.

    ``held`` says whether a process holds connections to the database for some seconds.
    """

    processes: int
    threads: int
    held: bool
    db_reads: int = 2

    @property
    def bound(self) -> int:
        """How many reads of the database there may be at once."""
        return self.processes * min(self.threads, self.db_reads)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: the answers since the load began to rise, and what all parts saw from the start.

    ``cells`` are those that were asked for, parents among them.
    """

    answers: Sequence[Answered]
    cells: AbstractSet[int]
    traffic: Traffic
    heard: Mapping[str, int]

    def took_ms(self, share: float) -> float:
        """Return a percentile of the time to the answer."""
        return 1e3 * percentile([answer.took_s for answer in self.answers], share)

    def count(self, *statuses: str) -> int:
        """Return how many answers were of those."""
        return sum(answer.outcome.status in statuses for answer in self.answers)

    @property
    def failed(self) -> int:
        """How many requests were refused or failed."""
        return self.count(FAILED, REFUSED)

    @property
    def without_area(self) -> int:
        """How many answers the photo alone gave, since no store answered in time."""
        return self.count("unavailable")

    @property
    def reads_per_cell(self) -> float:
        """How often the database was asked for a cell that was asked for at all."""
        return self.heard.get(CELLS_READ, 0) / len(self.cells)

    @property
    def openings(self) -> int:
        """How often a breaker opened."""
        return sum(n for name, n in self.heard.items() if name.startswith("breaker.opened"))

    @property
    def cpu_ms(self) -> float:
        """CPU time of the service for each answer, those of the steady seconds included."""
        return self.heard[CPU_MS] / max(1, self.heard["photo.identified"])


class Spike:
    """The servers and the areas, for one run after the other of one shape of the service."""

    def __init__(
        self, servers: World, shape: Shape, photos: Sequence[bytes], busy: tuple[int, int]
    ) -> None:
        self._servers = servers
        self._shape = shape
        self._place = Place(servers.database_url, servers.cache_url, shape.held)
        self._areas, self._shares = popular(busy_cells(busy[0]), busy[1])
        self._photos = photos

    def capacity(self, photos: int) -> float:
        """Return how many photos a second the real model answers with everything cached."""
        load = Load(photos, 1.0, 0.0, 0.0)
        with self._fleet("as they are", None, load, known=True) as running:
            rate = running.saturated(requests(self._areas, self._shares, self._photos, load))
            running.close()
        return rate

    def run(
        self, tiers: Tiers, recording: Recording | None, load: Load, *, known: bool = False
    ) -> Ran:
        """Run the load over empty caches, or where every process knows every area.

        Each process has answered for one quiet area before: what it needs is imported, and it knows
        which release is in use.
        """
        if not known:
            self._servers.flush()
        with self._fleet(tiers, recording, load, known=known) as running:
            self._servers.traffic()
            coming = requests(self._areas, self._shares, self._photos, load)
            answers = running.run(coming)
            heard: Counter[str] = running.close()
        spike = [answer for answer in answers if answer.at_s >= load.steady_s]
        cells = {cell for asked in {one.asked for one in coming} for cell in kin_of(asked)}
        return Ran(spike, cells, self._servers.traffic(), heard)

    def _fleet(
        self, tiers: Tiers, recording: Recording | None, load: Load, *, known: bool
    ) -> AbstractContextManager[Fleet]:
        plan = Plan(self._place, tiers, recording, [quiet(), *(self._areas if known else ())])
        shape = self._shape
        return fleet(plan, shape.processes, shape.threads, load.patience_s)


_COLUMNS = (
    f"{'run':<26}{'answers':>8}{'failed':>8}{'no area':>8}{'p50 ms':>8}{'p99 ms':>8}"
    f"{'longest':>8} |{'at once':>8}{'conns':>7}{'reads':>7}{'cells':>6}{'per cell':>9} |"
    f"{'calls':>7}{'opened':>7}{'CPU ms':>7}"
)


def table(runs: Mapping[str, Ran]) -> str:
    """Return one line for each run: answers; the database; the cache, the breakers and the CPU."""
    return "\n".join([_COLUMNS, *(_line(name, ran) for name, ran in runs.items())])


def _line(name: str, ran: Ran) -> str:
    database = ran.traffic.database
    return (
        f"{name:<26}{len(ran.answers):>8}{ran.failed:>8}{ran.without_area:>8}"
        f"{ran.took_ms(0.5):>8.1f}{ran.took_ms(0.99):>8.1f}{ran.took_ms(1.0):>8.1f} |"
        f"{database.most_queries:>8}{database.most_connections:>7}{database.queries:>7}"
        f"{len(ran.cells):>6}{ran.reads_per_cell:>9.2f} |"
        f"{ran.traffic.cache_calls:>7}{ran.openings:>7}{ran.cpu_ms:>7.2f}"
    )
