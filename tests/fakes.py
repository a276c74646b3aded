"""Fakes of the ports: as small as the contract suites let them be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.ports import FoundAreas


@dataclass
class Clock:
    """A clock that stands still until it is told to move."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeAreas:
    """An AreaStore in memory; ``asked`` lists the cells of each query."""

    said: Release
    records: dict[int, bytes] = field(default_factory=dict)
    known: dict[int, Taxon] = field(default_factory=dict)
    ranges: dict[int, dict[int, int]] = field(default_factory=dict)
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def release(self) -> Release:
        return self.said

    def areas(self, cells: Sequence[int]) -> FoundAreas:
        self.asked.append(tuple(cells))
        found = {cell: self.records[cell] for cell in cells if cell in self.records}
        return FoundAreas(found, tier="database")

    def taxa(self, taxon_ids: Iterable[int]) -> Mapping[int, Taxon]:
        return {id_: self.known[id_] for id_ in taxon_ids if id_ in self.known}

    def range_of(self, taxon_id: int) -> Mapping[int, int] | None:
        return self.ranges.get(taxon_id)

    def close(self) -> None:
        pass


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

    def close(self) -> None:
        self.entries.clear()


@dataclass
class Recorder:
    """An Observer that keeps everything."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        self.events.append((name, dict(fields)))
