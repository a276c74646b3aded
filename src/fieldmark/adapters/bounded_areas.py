"""The features of areas from a store that must not be overrun, whatever the caches do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final, Literal, TypeVar, cast

from fieldmark.adapters.circuit_breaker import BreakerRules, CircuitBreaker
from fieldmark.adapters.read_queue import ReadQueue
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import FieldmarkError, ReleaseGone, Unavailable, Waking
from fieldmark.ports import AreaStore, FoundAreas, Observer

__all__ = ["DATABASE_RULES", "BoundedAreas"]

T = TypeVar("T")

DATABASE_RULES: Final = BreakerRules(longest_pause_s=5.0)
_WAIT_S: Final = 0.4


class BoundedAreas:
    """A ports.AreaStore over another one: so many reads at once, and a breaker around each.

    Reads of one kind that find no room wait together and go as one. A store that fails is left
    alone for a while; one that wakes is tried by one request after the other, since trying wakes
    it, and the first request after it woke finds it awake.
    """

    def __init__(
        self,
        store: AreaStore,
        at_once: int,
        observer: Observer,
        breaker: CircuitBreaker | None = None,
        wait_s: float = _WAIT_S,
    ) -> None:
        self._store = store
        self._observer = observer
        self._breaker = breaker or CircuitBreaker("database", DATABASE_RULES, observer)
        self._queue: ReadQueue[object] = ReadQueue(at_once, wait_s, lambda: self._breaker.is_open)
        self._wakes = False

    def release(self) -> Release:
        """See ports.AreaStore."""
        return self._read(_Wish("release"), lambda _: self._store.release())

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        wish = _Wish("areas", release, tuple(cells))
        found = self._read(wish, lambda wanted: self._store.areas(wanted, release))
        records = found.records
        return replace(found, records={cell: records[cell] for cell in cells if cell in records})

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        wish = _Wish("taxa", release, tuple(taxon_ids))
        found = self._read(wish, lambda wanted: self._store.taxa(wanted, release))
        return {id_: found[id_] for id_ in wish.wanted if id_ in found}

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        wish = _Wish("range", release, alone=taxon_id)
        return self._read(wish, lambda _: self._store.range_of(taxon_id, release))

    def close(self) -> None:
        """See ports.AreaStore."""
        self._store.close()

    def _read(self, wish: "_Wish", read: Callable[[Sequence[int]], T]) -> T:
        """Return what ``read`` finds for the wish, or for more that others wanted meanwhile."""

        def work(wanted: Sequence[int]) -> T:
            return self._breaker.call(lambda: self._observed(wish.what, wanted, read))

        try:
            return cast(T, self._queue.read(wish.kind, wish.wanted, work))
        except (ReleaseGone, Waking):
            raise
        except Unavailable as error:
            if self._wakes and self._breaker.is_open:
                raise Waking("the features database is waking up") from error
            raise

    def _observed(self, what: str, wanted: Sequence[int], read: Callable[[Sequence[int]], T]) -> T:
        start_s = perf_counter()
        outcome, says = "answered", None
        try:
            return read(wanted)
        except FieldmarkError as error:
            outcome, says = _outcome(error), str(error)
            raise
        finally:
            self._wakes = outcome == "waking"
            self._observer.event(
                "database.read",
                what=what,
                asked=len(wanted),
                outcome=outcome,
                says=says,
                database_ms=round((perf_counter() - start_s) * 1e3, 3),
            )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one request wants of a release; ``alone`` is what no other wish can share."""

    what: Literal["release", "areas", "taxa", "range"]
    release: str | None = None
    wanted: tuple[int, ...] = ()
    alone: int | None = None

    @property
    def kind(self) -> tuple[str, str | None, int | None]:
        """What wishes have in common that one read can grant."""
        return self.what, self.release, self.alone


def _outcome(error: FieldmarkError) -> str:
    if isinstance(error, ReleaseGone):
        return "gone"
    if isinstance(error, Waking):
        return "waking"
    return "unavailable" if isinstance(error, Unavailable) else "broken"
