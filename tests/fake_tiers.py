"""What tests of the tiers need: stores that count, caches that fail, time that is told to pass."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from threading import Lock

from fakes import Clock, FakeAreas, FakeCache
from fieldmark.adapters.cache_times import Surroundings
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import Unavailable
from fieldmark.ports import AreaStore, FoundAreas


@dataclass
class Steps:
    """Sleep that moves a clock on, and does what is to happen meanwhile."""

    clock: Clock
    slept_s: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self, pause_s: float) -> None:
        self.slept_s.append(pause_s)
        self.clock.now_s += pause_s
        self.meanwhile()


def still(clock: Clock, sleep: Callable[[float], None] | None = None) -> Surroundings:
    """Return surroundings without chance: every span is exactly the one given."""
    return Surroundings(clock, sleep or Steps(clock), lambda: 0.5)


@dataclass
class CountingAreas:
    """Another AreaStore that notes each read: what, and of which cells or taxa.

    ``fault``, where set, is raised by every read; ``before`` runs before each.
    """

    store: AreaStore
    reads: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    fault: Exception | None = None
    before: Callable[[], object] = lambda: None
    lock: Lock = field(default_factory=Lock)

    def release(self) -> Release:
        self._note("release", ())
        return self.store.release()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        self._note("areas", cells)
        return self.store.areas(cells, release)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        ids = list(taxon_ids)
        self._note("taxa", ids)
        return self.store.taxa(ids, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        self._note("range", [taxon_id])
        return self.store.range_of(taxon_id, release)

    def close(self) -> None:
        self.store.close()

    def cells_read(self) -> list[int]:
        """Return each cell that was read, as often as it was."""
        return [cell for what, cells in self.reads if what == "areas" for cell in cells]

    def _note(self, what: str, of: Iterable[int]) -> None:
        self.before()
        with self.lock:
            self.reads.append((what, tuple(of)))
        if self.fault is not None:
            raise self.fault


@dataclass
class FailingCache(FakeCache):
    """A Cache that answers no call of the kinds that are named in ``fails``."""

    fails: set[str] = field(default_factory=set)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        self._perhaps("get_many")
        return FakeCache.get_many(self, keys)

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        self._perhaps("set_many")
        FakeCache.set_many(self, entries, ttl_s)

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        self._perhaps("add_many")
        return FakeCache.add_many(self, entries, ttl_s)

    def _perhaps(self, call: str) -> None:
        if call in self.fails:
            raise Unavailable("the cache did not answer")


@dataclass
class HidingCache(FailingCache):
    """A Cache that holds lists under some keys: nobody is given them, and nobody may add there."""

    lists: set[str] = field(default_factory=set)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return FailingCache.get_many(self, [key for key in keys if key not in self.lists])

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        FailingCache.set_many(self, entries, ttl_s)
        self.lists -= entries.keys()

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        strings = {key: value for key, value in entries.items() if key not in self.lists}
        return FailingCache.add_many(self, strings, ttl_s)


@dataclass
class FlippingAreas(FakeAreas):
    """An AreaStore that goes over to the next release just before a read, ``flips`` times."""

    flips: int = 1

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        self._flip()
        return FakeAreas.areas(self, cells, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        self._flip()
        return FakeAreas.range_of(self, taxon_id, release)

    def _flip(self) -> None:
        if self.flips:
            self.flips -= 1
            self.said = replace(self.said, name=f"{self.said.name}+")
