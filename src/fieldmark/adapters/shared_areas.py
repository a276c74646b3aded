"""The features of areas through a cache that processes share."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fieldmark.adapters.cache_lot import Lot, Read, range_body, range_of_body
from fieldmark.adapters.cache_times import SHARED, CacheTimes, Surroundings
from fieldmark.adapters.shared_keys import key_of_area, key_of_range
from fieldmark.adapters.shared_reads import Check, Errand, SharedReads
from fieldmark.adapters.shared_release import SharedRelease
from fieldmark.adapters.taxon_blocks import TaxonBlocks
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import Release, rows_of
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import AtlasBroken, ReleaseGone
from fieldmark.ports import AreaStore, Cache, FoundAreas, Observer

__all__ = ["SharedAreas"]


class SharedAreas:
    """A ports.AreaStore over another one and a cache that processes share.

    Of all processes that miss a cell at once one reads it. What the cache holds is checked as if a
    stranger had written it. A release is read under its name alone, so a flip needs no flush.
    """

    def __init__(
        self,
        store: AreaStore,
        cache: Cache,
        observer: Observer,
        times: CacheTimes = SHARED,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._store = store
        self._cache = cache
        self._reads = SharedReads(cache, times, surroundings or Surroundings(), observer)
        self._release = SharedRelease(store, self._reads)

    def release(self) -> Release:
        """See ports.AreaStore."""
        return self._release.get()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        name = self._named(release)
        cell_of = {key_of_area(name, cell): cell for cell in cells}

        def read(keys: Sequence[str]) -> Lot:
            found = self._store.areas([cell_of[key] for key in keys], name)
            beside = {key_of_area(name, cell): body for cell, body in found.beside.items()}
            return Lot({key: found.records.get(cell_of[key]) for key in keys}, beside=beside)

        said = self._release.held(name)
        check = partial(_check_record, None if said is None else said.known)
        lot = self._fetch(name, list(cell_of), read, check)
        records = {cell_of[key]: body for key, body in lot.bodies.items() if body is not None}
        return FoundAreas(records, lot.tier, lot.age_s, lot.stale)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        name = self._named(release)
        wanted = list(taxon_ids)
        try:
            blocks = TaxonBlocks(self._release.of(name))
        except ReleaseGone:
            return self._store.taxa(wanted, name)  # it may well be there, and no longer in use
        keys = blocks.keys_of(wanted)

        def read(missing: Sequence[str]) -> Lot:
            return Lot(blocks.packed(missing, self._store.taxa(blocks.ids_of(missing), name)))

        bodies = self._fetch(name, keys, read, blocks.unpacked).bodies
        held: dict[int, Taxon] = {}
        for key in keys:
            held |= blocks.unpacked(key, bodies[key])
        return {id_: held[id_] for id_ in wanted if id_ in held}

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        name = self._named(release)
        key = key_of_range(name, taxon_id)

        def read(_: Sequence[str]) -> Lot:
            found = self._store.range_of(taxon_id, name)
            return Lot({key: None if found is None else range_body(found)})

        body = self._fetch(name, [key], read, _check_range).bodies[key]
        return None if body is None else range_of_body(body)

    def close(self) -> None:
        """See ports.AreaStore."""
        self._cache.close()
        self._store.close()

    def _named(self, release: str | None) -> str:
        return self._release.get().name if release is None else release

    def _fetch(self, name: str, keys: Sequence[str], read: Read, check: Check) -> Lot:
        """Return what the keys of a release hold; who hears that it is gone believes no pointer."""
        try:
            return self._reads.fetch(Errand(keys, read, check, self._reads.times.feature))
        except ReleaseGone:
            self._release.distrust(name)
            raise


def _check_record(known: NDArray[np.int32] | None, _: str, body: bytes | None) -> None:
    """Refuse a record that cannot be read, or that names a taxon which its release does not know.

    Raises:
        AtlasBroken: it is one of those.
    """
    if body is None:
        return
    record = unpack_record(body)
    if known is not None and (rows_of(record.taxon_ids, known) < 0).any():
        raise AtlasBroken("a record names taxa that its release does not know")


def _check_range(_: str, body: bytes | None) -> None:
    if body is not None:
        range_of_body(body)
