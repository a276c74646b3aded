"""The features of areas through a cache in this process."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from fieldmark.adapters.cache_lot import Lot, range_body, range_of_body
from fieldmark.adapters.cache_times import IN_MEMORY, CacheTimes, Surroundings
from fieldmark.adapters.memory_reads import MemoryReads
from fieldmark.adapters.release_in_use import ReleaseInUse
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import ReleaseGone
from fieldmark.ports import AreaStore, Cache, FoundAreas, Observer

__all__ = ["CachedAreas"]

T = TypeVar("T")

_RELEASES: Final = 2
"""Of so many the names of taxa are held: the one in use and, around a flip, the other."""


class CachedAreas:
    """A ports.AreaStore over another one and a cache in this process.

    Keys carry release and cell, so that a new release needs no flush. A cell that the release does
    not hold is remembered too. Of a release that the store holds no more, none is in use.
    """

    def __init__(
        self,
        store: AreaStore,
        cache: Cache,
        observer: Observer,
        times: CacheTimes = IN_MEMORY,
        surroundings: Surroundings | None = None,
    ) -> None:
        surroundings = surroundings or Surroundings()
        self._store = store
        self._reads = MemoryReads(cache, times, surroundings, observer)
        self._in_use = ReleaseInUse(store.release, times, surroundings)
        self._taxa: dict[str, dict[int, Taxon]] = {}

    def release(self) -> Release:
        """See ports.AreaStore."""
        return self._in_use.get()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        name = self._in_use.get().name if release is None else release
        cell_of = {f"{name}/{cell:x}": cell for cell in cells}

        def read(keys: Sequence[str]) -> Lot:
            wanted = [cell_of[key] for key in keys]
            found = self._told(name, lambda: self._store.areas(wanted, name))
            bodies = {key: found.records.get(cell_of[key]) for key in keys}
            return Lot(bodies, found.tier, found.age_s, found.stale)

        lot = self._reads.fetch(list(cell_of), read)
        records = {cell_of[key]: body for key, body in lot.bodies.items() if body is not None}
        return FoundAreas(records, lot.tier, lot.age_s, lot.stale)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        name = self._in_use.get().name if release is None else release
        wanted = list(taxon_ids)
        held = self._taxa.get(name, {})
        missing = [id_ for id_ in wanted if id_ not in held]
        if missing:
            held = {**held, **self._told(name, lambda: self._store.taxa(missing, name))}
            others = [item for item in self._taxa.items() if item[0] != name]
            self._taxa = dict([*others[1 - _RELEASES :], (name, held)])
        return {id_: held[id_] for id_ in wanted if id_ in held}

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        name = self._in_use.get().name if release is None else release
        key = f"{name}/range/{taxon_id}"

        def read(_: Sequence[str]) -> Lot:
            found = self._told(name, lambda: self._store.range_of(taxon_id, name))
            return Lot({key: None if found is None else range_body(found)})

        body = self._reads.fetch([key], read).bodies[key]
        return None if body is None else range_of_body(body)

    def close(self) -> None:
        """See ports.AreaStore."""
        self._reads.close()
        self._store.close()

    def _told(self, name: str, ask: Callable[[], T]) -> T:
        """Return what the store tells of a release; one that it holds no more is not in use."""
        try:
            return ask()
        except ReleaseGone:
            self._in_use.forget(name)
            raise
