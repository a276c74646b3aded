"""The pipeline in this process, on the servers of the data tier, with what it told."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, product
from typing import Final

from PIL import Image

from cloud.data_tier import DataTier
from fake_classifier import FakeClassifier
from fakes import Recorder
from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cache_times import IN_MEMORY, SHARED, Surroundings
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.circuit_breaker import BreakerRules, CircuitBreaker, GuardedCache
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.postgres_connection import Patience
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.valkey_cache import ValkeyCache
from fieldmark.domain.answer import Answer
from fieldmark.domain.position import Position
from fieldmark.identify import LocalIdentifier
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import Question
from photo_files import photo
from published import ROOMY, postgres_areas

__all__ = ["PLACES", "Pipeline", "pipeline"]

_AFRICA: Final = product(range(-30, 34, 4), range(16, 36, 4))
_EAST_OF_IT: Final = product(range(-30, 34, 3), range(50, 176, 3))
PLACES: Final = tuple(
    Position(float(latitude), float(longitude), 10.0)
    for latitude, longitude in chain(_AFRICA, _EAST_OF_IT)
)
"""Places of which no two are in one cell; the first eighty are in Africa."""

_PHOTO: Final = photo(Image.new("RGB", (64, 64), (120, 100, 60)))
_ROOMY_S: Final = 5.0
_MEMORY_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One process of the service: its memory is its own, what stands behind is shared."""

    identifier: LocalIdentifier
    events: Recorder
    places: Iterator[int]

    def ask(self, place: int | None = None) -> Answer:
        """Return the answer for a photo from a place: that one, or one not asked for yet."""
        number = next(self.places) if place is None else place
        question = Question(at=PLACES[number], on=date(2026, 7, 1))
        return self.identifier.identify(_PHOTO, question)

    def told(self, name: str, **fields: object) -> int:
        """Return how many events of that name had these fields."""
        return sum(
            event == name and fields.items() <= said.items() for event, said in self.events.events
        )


@contextmanager
def pipeline(
    tier: DataTier,
    patience: Patience = ROOMY,
    valkey_s: float = _ROOMY_S,
    clock: Callable[[], float] = time.time,
) -> Iterator[Pipeline]:
    """Run the pipeline with fresh memory and closed breakers; it sees a lion in every photo.

    Where nothing is slow on purpose, it waits longer than the service does: the machine may be.
    The clock is that of the caches.
    """
    here = Surroundings(clock=clock)
    events = Recorder()
    rules = BreakerRules(slow_s=valkey_s / 2)
    cache = GuardedCache(
        ValkeyCache(tier.valkey.address(), valkey_s), CircuitBreaker("valkey", rules, events)
    )
    database = postgres_areas(tier.environment["FIELDMARK_ATLAS"], patience=patience)
    shared = SharedAreas(BoundedAreas(database, 2, events), cache, events, SHARED, here)
    memory = MemoryCache(_MEMORY_BYTES, clock)
    areas = CachedAreas(shared, memory, events, IN_MEMORY, here)
    identifier = LocalIdentifier(FakeClassifier({"lion": 1.0}), areas, PhotoLimits(), events)
    with closing(identifier):
        yield Pipeline(identifier, events, count())
