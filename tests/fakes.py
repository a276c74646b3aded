"""Fakes of the ports: as small as the contract suites let them be."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import ReleaseGone
from fieldmark.ports import FoundAreas


@dataclass
class Clock:
    """A clock that stands still until it is told to move."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class FakeAreas:
    """An AreaStore in memory; ``asked`` lists the cells of each query.

    ``fault``, where set, is raised by every read; ``older`` holds what the release before knew;
    ``beside`` comes along with every answer.
    """

    said: Release
    records: dict[int, bytes] = field(default_factory=dict)
    known: dict[int, Taxon] = field(default_factory=dict)
    ranges: dict[int, dict[int, int]] = field(default_factory=dict)
    asked: list[tuple[int, ...]] = field(default_factory=list)
    older: dict[str, dict[int, bytes]] = field(default_factory=dict)
    fault: Exception | None = None
    beside: dict[int, bytes] = field(default_factory=dict)

    def release(self) -> Release:
        if self.fault is not None:
            raise self.fault
        return self.said

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        self.asked.append(tuple(cells))
        if release in self.older:
            held = self.older[release]
            return FoundAreas({c: held[c] for c in cells if c in held}, tier="database")
        self._require(release)
        found = {cell: self.records[cell] for cell in cells if cell in self.records}
        return FoundAreas(found, tier="database", beside=self.beside)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        self._require(release)
        return {id_: self.known[id_] for id_ in taxon_ids if id_ in self.known}

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        self._require(release)
        return self.ranges.get(taxon_id)

    def close(self) -> None:
        pass

    def _require(self, release: str | None) -> None:
        if self.fault is not None:
            raise self.fault
        if release is not None and release != self.said.name:
            raise ReleaseGone(f"there is no release {release}")


@dataclass
class FakeCache:
    """A Cache without bounds."""

    clock: Clock = field(default_factory=Clock)
    entries: dict[str, tuple[float, bytes]] = field(default_factory=dict)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        held = {key: self.entries[key] for key in keys if key in self.entries}
        return {key: value for key, (until_s, value) in held.items() if until_s > self.clock()}

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        until_s = self.clock() + ttl_s
        self.entries |= {key: (until_s, value) for key, value in entries.items()}

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        there = self.get_many(list(entries))
        new = {key: value for key, value in entries.items() if key not in there}
        self.set_many(new, ttl_s)
        return new.keys()

    def close(self) -> None:
        self.entries.clear()


@dataclass
class Recorder:
    """An Observer that keeps everything."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        self.events.append((name, dict(fields)))
