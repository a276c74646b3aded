"""The features of areas for who has little time: what could not come in time is not asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import Unavailable
from fieldmark.ports import AreaStore, FoundAreas

__all__ = ["HurriedAreas"]


class HurriedAreas:
    """A ports.AreaStore over another one that is asked only while enough time is left.

    Args:
        store: the one that knows; a read takes it a bounded time.
        left_s: how long until the answer must have gone.
        least_s: what a read and the rest of the answer may take.
    """

    def __init__(self, store: AreaStore, left_s: Callable[[], float], least_s: float) -> None:
        self._store = store
        self._left_s = left_s
        self._least_s = least_s

    def release(self) -> Release:
        """See ports.AreaStore."""
        self._require_time()
        return self._store.release()

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        self._require_time()
        return self._store.areas(cells, release)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        self._require_time()
        return self._store.taxa(taxon_ids, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        self._require_time()
        return self._store.range_of(taxon_id, release)

    def close(self) -> None:
        """See ports.AreaStore."""
        self._store.close()

    def _require_time(self) -> None:
        left_s = self._left_s()
        if left_s < self._least_s:
            raise Unavailable(f"{left_s:.1f} s were left, too little to ask for the area")
