"""One process of the service: the pipeline over the tiers, in as many threads as it takes photos.

Each thread has a pipe of its own to the load and answers one request after the other, as a thread
of the web tier does, or an environment of Lambda with its only one.
"""

import json
import struct
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from typing import Literal, TypeVar
from unittest.mock import patch

from fieldmark import compose
from fieldmark.adapters import memory_reads
from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.domain.answer import AreaStatus, Tier
from fieldmark.domain.position import Position
from fieldmark.errors import FieldmarkError, Unavailable
from fieldmark.lookup import cells_of, look_up
from fieldmark.ports import AreaStore, Cache, Classifier, Identifier, Question
from fieldmark.settings import CacheUrl, DatabaseUrl, Settings
from recorded_model import RecordedModel, Recording
from spike_atlas import Asked

__all__ = ["FAILED", "Outcome", "Plan", "Tiers", "packed", "serve", "unpacked"]

T = TypeVar("T")

Tiers = Literal["as they are", "no cache", "no single flight"]

FAILED = "failed"
_REQUEST = struct.Struct("<ddB")
_REPLY = struct.Struct("<BB")
_STATUSES: tuple[AreaStatus | Literal["failed"], ...] = (
    "used",
    "fallback",
    "empty",
    "no_position",
    "off",
    "unavailable",
    "failed",
)
_TIERS: tuple[Tier, ...] = ("memory", "valkey", "database", "none")
_LOCK = "/lock"
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process is made of.

    ``recording`` is None where the real model runs; ``held`` says whether connections to the
    database may be held for some seconds; ``warm`` are areas to know before the first request.
    """

    database_url: str
    cache_url: str
    tiers: Tiers
    recording: Recording | None
    held: bool
    warm: Sequence[Asked] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: the status of its area, or FAILED, and the tier that answered."""

    status: str
    tier: str


def packed(asked: Asked, photo: bytes) -> bytes:
    """Return a request as it goes to a process."""
    return _REQUEST.pack(asked.latitude, asked.longitude, asked.month) + photo


def unpacked(reply: bytes) -> Outcome:
    """Return what a process replied."""
    status, tier = _REPLY.unpack(reply)
    return Outcome(_STATUSES[status], _TIERS[tier])


def serve(pipes: Sequence["Connection[bytes, bytes]"], plan: Plan) -> None:
    """Answer requests until an empty one comes; the reply to that counts the events by name."""
    heard = Counting()
    model = _model(plan.recording)
    areas = _areas(plan, heard)
    identifier = compose.local_identifier(_settings(plan), model, areas, heard)
    with closing(identifier):
        if plan.warm:
            _warm(areas, plan.warm)
        threads = [
            threading.Thread(target=_answer, args=(pipe, identifier, heard)) for pipe in pipes
        ]
        import time  # DEBUG

        heard.start = time.process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Counting:
    """See ports.Observer. Counts events by name and outcome."""

    def __init__(self) -> None:
        self._events: Counter[str] = Counter()
        self._lock = threading.Lock()

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        outcome = fields.get("outcome") or fields.get("part")
        with self._lock:
            self._events[f"{name} {outcome}" if outcome else name] += 1

    def taken(self) -> Counter[str]:
        """Return the counts, and count anew."""
        with self._lock:
            events, self._events = self._events, Counter()
            import time  # DEBUG

            now = time.process_time()
            events["cpu_ms"] = int(1e3 * (now - self.start))
            self.start = now
        return events


def _answer(pipe: "Connection[bytes, bytes]", identifier: Identifier, heard: Counting) -> None:
    pipe.send_bytes(b"ready")
    while request := pipe.recv_bytes():
        latitude, longitude, month = _REQUEST.unpack_from(request)
        question = Question(at=Position(latitude, longitude), on=date(2026, month, 15))
        try:
            area = identifier.identify(request[_REQUEST.size :], question).area
            reply = _REPLY.pack(_STATUSES.index(area.status), _TIERS.index(area.tier))
        except FieldmarkError as error:
            heard.event(f"failed: {error}"[:120])
            reply = _REPLY.pack(_STATUSES.index(FAILED), _TIERS.index("none"))
        pipe.send_bytes(reply)
    pipe.send_bytes(json.dumps(heard.taken()).encode())


def _settings(plan: Plan) -> Settings:
    return Settings(
        atlas=DatabaseUrl.parse(plan.database_url),
        cache=CacheUrl.parse(plan.cache_url),
        journal=None,
    )


def _model(recording: Recording | None) -> Classifier:
    if recording is None:
        return compose.classifier(Settings())
    return RecordedModel(recording, compose.model_card(Settings()))


def _areas(plan: Plan, heard: Counting) -> AreaStore:
    settings = _settings(plan)
    if plan.tiers == "as they are":
        return compose.area_store(settings, heard, held=plan.held)
    bounded = BoundedAreas(compose.atlas(settings, held=plan.held), settings.db_reads, heard)
    if plan.tiers == "no cache":
        return bounded
    shared = compose.cache(settings, heard)
    if shared is None:
        raise ValueError("the plan names no cache")
    with patch.object(memory_reads, "SingleFlight", EachForItself):
        return CachedAreas(
            SharedAreas(bounded, EachMayRead(shared), heard), MemoryCache(32 * 1024**2), heard
        )


class EachForItself:
    """What SingleFlight would be without its point: every thread fetches what it misses."""

    def __init__(self, wait_s: float) -> None:
        del wait_s

    def fetch(
        self,
        keys: Iterable[str],
        fetch: Callable[[list[str]], Mapping[str, T]],
        spare: Collection[str] = (),
    ) -> dict[str, T]:
        """Return what ``fetch`` finds for the keys."""
        del spare
        return dict(fetch(list(keys)))


class EachMayRead:
    """See ports.Cache. No lock is kept: whoever asks for one is told that it is theirs."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See ports.Cache."""
        return self._cache.get_many(keys)

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """See ports.Cache."""
        others = {key: value for key, value in entries.items() if not key.endswith(_LOCK)}
        if others:
            self._cache.set_many(others, ttl_s)

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> Set[str]:
        """See ports.Cache."""
        locks = {key for key in entries if key.endswith(_LOCK)}
        others = {key: value for key, value in entries.items() if key not in locks}
        return locks | (self._cache.add_many(others, ttl_s) if others else set())

    def close(self) -> None:
        """See ports.Cache."""
        self._cache.close()


def _warm(areas: AreaStore, asked: Sequence[Asked]) -> None:
    for one in asked:
        position = Position(one.latitude, one.longitude)
        for _ in range(_TRIES):
            try:
                release, shares = cells_of(position, areas)
                if look_up(areas, release, shares, one.month).use.status != "unavailable":
                    break
            except Unavailable:
                continue
