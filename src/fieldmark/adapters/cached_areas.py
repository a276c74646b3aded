"""The features of areas through a cache: what was read lately is not read again."""

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Final

from fieldmark.adapters.single_flight import SingleFlight
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.ports import AreaStore, Cache, FoundAreas

__all__ = ["CachedAreas"]

_MAGIC: Final = 0xFC
_HEAD: Final = struct.Struct("<BBdI")
_ABSENT: Final = 0
_PRESENT: Final = 1


@dataclass(frozen=True, slots=True)
class _Entry:
    """One cached cell: its packed record, None where the release holds none, and its age."""

    record: bytes | None
    age_s: float


class CachedAreas:
    """A ports.AreaStore over another one and a cache.

    Keys carry release and cell, so that a new release needs no flush. A cell that the release does
    not hold is remembered too. An entry that is damaged or foreign counts as missing. Threads that
    miss the same cell at once read it once.
    """

    def __init__(
        self, store: AreaStore, cache: Cache, ttl_s: float = 60.0, clock: Callable[[], float] = time
    ) -> None:
        self._store = store
        self._cache = cache
        self._ttl_s = ttl_s
        self._clock = clock
        self._flights: SingleFlight[str, _Entry] = SingleFlight()

    def release(self) -> Release:
        """See ports.AreaStore."""
        return self._store.release()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        name = self.release().name if release is None else release
        keys = {f"{name}/{cell:x}": cell for cell in cells}
        entries = self._cached(keys)
        missing = [key for key in keys if key not in entries]
        if missing:
            entries |= self._flights.fetch(missing, lambda wanted: self._read(wanted, keys, name))
        records = {keys[k]: e.record for k, e in entries.items() if e.record is not None}
        age_s = max((entry.age_s for entry in entries.values()), default=0.0)
        return FoundAreas(records, tier="database" if missing else "memory", age_s=age_s)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        return self._store.taxa(taxon_ids, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        return self._store.range_of(taxon_id, release)

    def close(self) -> None:
        """See ports.AreaStore."""
        self._cache.close()
        self._store.close()

    def _cached(self, keys: Mapping[str, int]) -> dict[str, _Entry]:
        now_s = self._clock()
        values = self._cache.get_many(list(keys))
        entries = ((key, _unpack(value, key, now_s)) for key, value in values.items())
        return {key: entry for key, entry in entries if entry is not None}

    def _read(self, wanted: list[str], keys: Mapping[str, int], name: str) -> dict[str, _Entry]:
        records = self._store.areas([keys[key] for key in wanted], name).records
        now_s = self._clock()
        found = {key: records.get(keys[key]) for key in wanted}
        self._cache.set_many(
            {key: _pack(record, key, now_s) for key, record in found.items()}, self._ttl_s
        )
        return {key: _Entry(record, 0.0) for key, record in found.items()}


def _pack(record: bytes | None, key: str, now_s: float) -> bytes:
    kind, body = (_ABSENT, b"") if record is None else (_PRESENT, record)
    return _HEAD.pack(_MAGIC, kind, now_s, _checksum(kind, body, key, now_s)) + body


def _unpack(value: bytes, key: str, now_s: float) -> _Entry | None:
    """Return the entry, or None where the value is not one of that key."""
    if len(value) < _HEAD.size:
        return None
    magic, kind, stored_s, checksum = _HEAD.unpack_from(value)
    body = value[_HEAD.size :]
    if magic != _MAGIC or checksum != _checksum(kind, body, key, stored_s):
        return None
    return _Entry(body if kind == _PRESENT else None, max(0.0, now_s - stored_s))


def _checksum(kind: int, body: bytes, key: str, stored_s: float) -> int:
    return zlib.crc32(body, zlib.crc32(f"{key} {kind} {stored_s!r}".encode()))
