"""One process of the service: the pipeline over the tiers, in as many threads as it takes photos.

Each thread has a pipe of its own to the load and answers one request after the other, as a thread
of the web tier does, or an environment of Lambda with its only one.
"""

import json
import os
import struct
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection

from fieldmark import compose
from fieldmark.adapters.postgres_connection import load_client
from fieldmark.domain.answer import AreaStatus, Tier
from fieldmark.domain.position import Position
from fieldmark.errors import FieldmarkError, Unavailable
from fieldmark.lookup import cells_of, look_up
from fieldmark.ports import AreaStore, Classifier, Identifier, Question
from fieldmark.settings import Settings
from recorded_model import RecordedModel, Recording
from spike_atlas import Asked
from spike_tiers import Place, Tiers, areas, settings_of

__all__ = ["CELLS_READ", "CPU_MS", "FAILED", "Outcome", "Plan", "packed", "serve", "unpacked"]

FAILED = "failed"
CELLS_READ = "cells_read"
CPU_MS = "cpu_ms"
_REQUEST = struct.Struct("<ddB")
_REPLY = struct.Struct("<BB")
_STATUSES: tuple[AreaStatus, ...] = (
    "used",
    "fallback",
    "empty",
    "no_position",
    "off",
    "unavailable",
)
_FAILED = len(_STATUSES)
_TIERS: tuple[Tier, ...] = ("memory", "valkey", "database", "none")
_TRIES = 20
_YIELDS = 10
"""The servers and the load go first: they stand for machines that do not share these cores."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process is made of.

    ``recording`` is None where the real model runs; ``known`` are areas to know before the first
    request.
    """

    place: Place
    tiers: Tiers
    recording: Recording | None
    known: Sequence[Asked]


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
    return Outcome(FAILED if status == _FAILED else _STATUSES[status], _TIERS[tier])


def serve(pipes: "Sequence[Connection[bytes, bytes]]", plan: Plan) -> None:
    """Answer requests until an empty one comes; what is replied to that counts events by name."""
    os.nice(_YIELDS)
    heard = _Counting()
    store = areas(plan.place, plan.tiers, heard)
    settings = settings_of(plan.place)
    with closing(
        compose.local_identifier(settings, _model(plan.recording), store, heard)
    ) as identifier:
        load_client()
        _learn(store, plan.known)
        heard.taken()
        threads = [
            threading.Thread(target=_answer, args=(pipe, identifier, heard)) for pipe in pipes
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class _Counting:
    """See ports.Observer. Counts events by name, cells asked of the database, and CPU time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: Counter[str] = Counter()
        self._since_s = time.process_time()

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        of = fields.get("part") or fields.get("outcome")
        asked = fields.get("asked") if fields.get("what") == "areas" else None
        with self._lock:
            self._events[f"{name} {of}" if of else name] += 1
            if isinstance(asked, int):
                self._events[CELLS_READ] += asked

    def taken(self) -> Counter[str]:
        """Return the counts, and count anew."""
        with self._lock:
            now_s = time.process_time()
            events, self._events = self._events, Counter()
            events[CPU_MS] = round(1e3 * (now_s - self._since_s))
            self._since_s = now_s
        return events


def _model(recording: Recording | None) -> Classifier:
    if recording is None:
        return compose.classifier(Settings())
    return RecordedModel(recording, compose.model_card(Settings()))


def _learn(store: AreaStore, known: Sequence[Asked]) -> None:
    for asked in known:
        position = Position(asked.latitude, asked.longitude)
        for _ in range(_TRIES):
            try:
                release, shares = cells_of(position, store)
                if look_up(store, release, shares, asked.month).use.status != "unavailable":
                    break
            except Unavailable:
                continue


def _answer(pipe: "Connection[bytes, bytes]", identifier: Identifier, heard: _Counting) -> None:
    pipe.send_bytes(b"ready")
    while request := _next(pipe):
        latitude, longitude, month = _REQUEST.unpack_from(request)
        question = Question(at=Position(latitude, longitude), on=date(2026, month, 15))
        try:
            area = identifier.identify(request[_REQUEST.size :], question).area
            reply = _REPLY.pack(_STATUSES.index(area.status), _TIERS.index(area.tier))
        except FieldmarkError:
            reply = _REPLY.pack(_FAILED, _TIERS.index("none"))
        pipe.send_bytes(reply)
    with suppress(BrokenPipeError):
        pipe.send_bytes(json.dumps(heard.taken()).encode())


def _next(pipe: "Connection[bytes, bytes]") -> bytes:
    """Return the next request, an empty one where whoever sends them is gone."""
    try:
        return pipe.recv_bytes()
    except EOFError:
        return b""
